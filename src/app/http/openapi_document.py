"""The OpenAPI document as it is answered and committed: Litestar's, made true.

Litestar does not say which members a request may have, which headers an answer has, or what anything looks like.
"""

import re
from http import HTTPStatus
from pathlib import Path
from typing import Any

import msgspec

from app.http.openapi_names import Part, camel, renamed, schemas_in
from domain.ids import OrganisationId, Ulid

_EXAMPLES: dict[str, dict[str, Any]] = msgspec.json.decode(
    Path(__file__).with_name("openapi_examples.json").read_bytes()
)
"""By schema, each by a name of its own."""

_ORGANISATION_ID = f"^{OrganisationId.FORM.pattern}$"
_ULID = f"^{Ulid.FORM.pattern}$"
_FORMS = {
    "appId": {"pattern": _ULID},
    "connectionId": {"pattern": _ULID},
    "credentialId": {"pattern": _ULID},
    "flowId": {"pattern": _ULID},
    "orgId": {"pattern": _ORGANISATION_ID},
    "organisationID": {"pattern": _ORGANISATION_ID},
}
"""Of members, wherever they are."""

_BASE64 = "^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$"  # RFC 4648 §4
_OF_BASE64 = ("CreateCredential", "ReplaceCredential", "Credential")

_API = "/v1alpha1/"
_PROBLEM = "application/problem+json"
_HEADERS: Part = {
    "Allow": {"description": "The methods of this address.", "required": True, "schema": {"type": "string"}},
    "Cache-Control": {"required": True, "schema": {"const": "no-store", "type": "string"}},
    "Retry-After": {"description": "Seconds to wait before asking again.", "schema": {"type": "integer"}},
    "WWW-Authenticate": {
        "description": "RFC 9110 §11.6.1",
        "required": True,
        "schema": {"const": "Bearer", "type": "string"},
    },
    "X-Request-Id": {
        "description": "Leads to the log lines of this request.",
        "required": True,
        "schema": {"type": "string"},
    },
}


def document(written: Part) -> Part:
    """The document, of the one that Litestar writes."""
    told = renamed(written)
    components = told["components"]
    components |= {"headers": _HEADERS, "examples": _examples(), "responses": {}}
    for path, item in told["paths"].items():
        for operation in item.values():
            _tell_operation(operation, components, is_api=path.startswith(_API))
    _tell_links(told["paths"])
    _tell_forms(components["schemas"])
    _close_request_bodies(told)
    in_order: Part = _in_order(told)
    return in_order


def encoded(told: Part) -> bytes:
    """The document's bytes: the same for the same API."""
    return msgspec.json.format(msgspec.json.encode(told), indent=2) + b"\n"


def _examples() -> Part:
    named = ((f"{schema}.{name}", value) for schema, values in _EXAMPLES.items() for name, value in values.items())
    return {name: {"value": value} for name, value in named}


def _tell_operation(operation: Part, components: Part, *, is_api: bool) -> None:
    del operation["deprecated"]
    operation["parameters"] = [_parameter(parameter) for parameter in operation.get("parameters", ())]
    if "requestBody" in operation:
        body = operation["requestBody"]
        body["required"] = {"type": "null"} not in body["content"]["application/json"]["schema"].get("oneOf", ())
        _give_examples(body, components["examples"])
    for status, response in operation["responses"].items():
        _tell_headers(response, int(status), is_api=is_api)
        _give_examples(response, components["examples"])
        if is_api and int(status) >= HTTPStatus.BAD_REQUEST:
            operation["responses"][status] = _shared(response, components["responses"])


def _parameter(parameter: Part) -> Part:
    told = {name: member for name, member in parameter.items() if member is not False}
    if told["in"] == "path":
        told["name"] = camel(told["name"])
        form = _ORGANISATION_ID if told["name"] == "organisationId" else _ULID
        told["schema"] = {"pattern": form, "type": "string"}
    return told


def _tell_headers(response: Part, status: int, *, is_api: bool) -> None:
    if status < HTTPStatus.BAD_REQUEST:
        response["description"] = HTTPStatus(status).phrase
    names = ["X-Request-Id", *(["Cache-Control"] if is_api else [])]
    if status == HTTPStatus.UNAUTHORIZED:
        names.append("WWW-Authenticate")
    passing = {HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE}
    if is_api and (status in passing or "`callback_in_progress`" in response["description"]):
        names.append("Retry-After")
    response["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in names}
    if is_api and status >= HTTPStatus.BAD_REQUEST:
        response["content"][_PROBLEM] = response["content"]["application/json"]


def _give_examples(part: Part, kept: Part) -> None:
    """Show what a body looks like; a refusal comes with its own examples, which are kept once for all."""
    for content in part.get("content", {}).values():
        schema = next(schemas_in(content), "")
        kept |= {f"{schema}.{name}": value for name, value in content.get("examples", {}).items() if "value" in value}
        names = content.get("examples") or _EXAMPLES.get(schema, {})
        if names:
            content["examples"] = {name: {"$ref": f"#/components/examples/{schema}.{name}"} for name in names}


def _shared(response: Part, kept: Part) -> Part:
    """The response; what many routes refuse alike stands once for all, by its code."""
    codes = [*response["content"]["application/json"]["examples"]]
    if len(codes) > 1 or kept.setdefault(codes[0], response) != response:
        return response
    return {"$ref": f"#/components/responses/{codes[0]}"}


def _tell_links(paths: Part) -> None:
    """Say what can be done with what was made: every method of its own address, and of those right below."""
    for path, item in paths.items():
        made = re.compile(rf"{re.escape(path)}/{{(\w+)}}(?:/[\w-]+)?")
        below = {each: found[1] for each in paths if "post" in item and (found := made.fullmatch(each))}
        if below:
            responses = item["post"]["responses"]
            success = responses[next(status for status in responses if status < "400")]
            success["links"] = {
                operation["operationId"]: _link(operation, path, identifier)
                for each, identifier in below.items()
                for operation in paths[each].values()
            }


def _link(operation: Part, path: str, identifier: str) -> Part:
    known = {name: f"$request.path.{name}" for name in re.findall(r"\{(\w+)\}", path)}
    member = "flowId" if identifier == "flowId" else "id"
    return {
        "operationId": operation["operationId"],
        "parameters": known | {identifier: f"$response.body#/{member}"},
    }


def _tell_forms(schemas: Part) -> None:
    """Say which strings a member takes, where the domain judges it and not the body's type."""
    for schema in schemas.values():
        for name, member in schema.get("properties", {}).items():
            if member:  # one of any type is read-only, and passed over in a request
                schema["properties"][name] = member | _FORMS.get(name, {})
    for name in _OF_BASE64:
        schemas[name]["properties"]["data"]["additionalProperties"] |= {"contentEncoding": "base64", "pattern": _BASE64}


def _close_request_bodies(told: Part) -> None:
    """Say of what a request sends that it takes no other members."""
    operations = [operation for item in told["paths"].values() for operation in item.values()]
    waiting = set(schemas_in([operation.get("requestBody") for operation in operations]))
    seen: set[str] = set()
    while waiting:
        name = waiting.pop()
        schema = told["components"]["schemas"][name]
        if schema.get("type") == "object":
            schema["additionalProperties"] = False
        seen.add(name)
        waiting |= set(schemas_in(schema)) - seen


def _in_order(part: Any) -> Any:
    match part:
        case dict():
            return {name: _in_order(part[name]) for name in sorted(part)}
        case list():
            return [_in_order(item) for item in part]
    return part
