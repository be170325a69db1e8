"use strict";
// Writes the page from the API's own document. Text goes in as text: nothing of the document is ever read as HTML.

function element(name, properties, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

// `code` in a text of the document, and nothing else of Markdown.
function words(text) {
  return text.split("`").map((part, index) => (index % 2 ? element("code", {}, part) : part));
}

function reader(openapi) {
  const found = (part) =>
    part && part.$ref ? part.$ref.slice(2).split("/").reduce((inside, name) => inside[name], openapi) : part;
  const named = (schema) => (schema.$ref ? schema.$ref.split("/").pop() : typed(schema));

  function typed(schema) {
    const one = schema.oneOf ? schema.oneOf.map(named).join(" or ") : schema.type || "anything";
    if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
    if (schema.type === "array") return `list of ${named(schema.items || {})}`;
    return schema.format ? `${one}, ${schema.format}` : one;
  }

  function table(rows) {
    const cells = rows.map((row) => element("tr", {}, ...row.map((cell) => element("td", {}, ...[cell].flat()))));
    return element("table", {}, element("tbody", {}, ...cells));
  }

  function examples(content) {
    return Object.entries(content.examples || {}).map(([name, example]) =>
      element(
        "details",
        {},
        element("summary", {}, `Example: ${name}`),
        element("pre", {}, JSON.stringify(found(example).value, null, 2)),
      ),
    );
  }

  function schema(content) {
    const parts = content.schema.oneOf || [content.schema];
    return parts.filter((part) => part.$ref).map((part) => {
      const members = Object.entries(found(part).properties || {});
      const required = found(part).required || [];
      return element(
        "details",
        {},
        element("summary", {}, named(part)),
        element("p", {}, ...words(found(part).description || "")),
        table(members.map(([name, member]) => [
          element("code", {}, name), typed(found(member).type ? found(member) : member), required.includes(name) ? "required" : "",
        ])),
      );
    });
  }

  function body(title, holder) {
    const content = (holder.content || {})["application/json"];
    return content ? [...(title ? [element("h3", {}, title)] : []), ...schema(content), ...examples(content)] : [];
  }

  function response([status, told]) {
    const { description, headers, ...holder } = found(told);
    const names = Object.keys(headers || {}).join(", ");
    const lines = description.split("\n").filter(Boolean);
    const several = lines.length > 1;
    const codes = lines.map((line) => line.split(": ")[0]).join(", ");
    return element(
      "details",
      { open: status < "400" },
      element("summary", {}, element("strong", {}, status), " ", ...words(several ? codes : lines[0])),
      ...(several ? lines : []).map((line) => element("p", {}, ...words(line))),
      ...(names ? [element("p", {}, "Headers: ", element("code", {}, names))] : []),
      ...body("", holder),
    );
  }

  function parameters(operation) {
    const rows = (operation.parameters || []).map((parameter) => [
      element("code", {}, parameter.name),
      `${parameter.in}, ${typed(parameter.schema)}${parameter.required ? ", required" : ""}`,
      words(parameter.description || ""),
    ]);
    return rows.length ? [element("h3", {}, "Parameters"), table(rows)] : [];
  }

  function operation(path, method, told) {
    return element(
      "section",
      { id: told.operationId },
      element("h2", {}, ...words(told.summary)),
      element("p", { className: "address" }, element("span", { className: `method ${method}` }, method.toUpperCase()), path),
      element("p", {}, ...words(told.description || "")),
      ...parameters(told),
      ...body("Body", told.requestBody || {}),
      element("h3", {}, "Answers"),
      ...Object.entries(told.responses).map(response),
    );
  }
  return operation;
}

function write(openapi) {
  const operation = reader(openapi);
  const contents = document.getElementById("contents");
  const page = document.getElementById("document");
  const order = ["get", "post", "put", "delete"];
  page.replaceChildren(
    element("h1", {}, `${openapi.info.title} ${openapi.info.version}`),
    ...openapi.info.description.split("\n\n").map((text) => element("p", {}, ...words(text))),
    element("p", {}, element("a", { href: page.dataset.source }, "openapi.json")),
  );
  for (const [path, item] of Object.entries(openapi.paths)) {
    contents.append(element("h2", {}, path.replace(/^\/v1alpha1/, "").replace(/^\/organisations\/\{organisationId\}\//, "…/")));
    for (const method of order.filter((name) => item[name])) {
      const told = item[method];
      contents.append(element("a", { href: `#${told.operationId}` }, element("span", { className: `method ${method}` }, method.toUpperCase()), told.operationId));
      page.append(operation(path, method, told));
    }
  }
  if (location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView();
}

fetch(document.getElementById("document").dataset.source)
  .then((answer) => answer.json())
  .then(write)
  .catch(() => document.getElementById("document").replaceChildren("The document cannot be read. Load the page again."));
