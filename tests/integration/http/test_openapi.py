"""The OpenAPI document says what there is, and how it refuses."""

import re
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest

from tests.integration.http.asking import UNKNOWN
from tests.integration.http.table import ROUTES, Route
from tests.support.service import Service, answered

Document = dict[str, Any]
each_route = pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")


@pytest.fixture(scope="module")
async def document(service: Service) -> Document:
    async with service.http(None) as http:
        response = await http.get("/schema/openapi.json")
    assert response.headers["Content-Type"].startswith("application/vnd.oai.openapi+json")
    return answered(response)


def told_path(route: Route) -> str:
    """The route's path as callers know it: ``{app_id:str}`` is ``{appId}``."""
    return re.sub(r"_([a-z])", lambda found: found[1].upper(), route.path.replace(":str", ""))


def operation(document: Document, route: Route) -> Document:
    """What is told of a route, with the responses that it shares with others."""
    found: Document = document["paths"][told_path(route)][route.method.lower()]
    shared = document["components"]["responses"]
    responses = {
        status: shared[response["$ref"].rpartition("/")[2]] if "$ref" in response else response
        for status, response in found["responses"].items()
    }
    return found | {"responses": responses}


def schemas_in(part: object) -> set[str]:
    named = (reference.rpartition("/") for reference in references(part))
    return {name for kind, _, name in named if kind == "#/components/schemas"}


def references(part: object) -> Iterator[str]:
    match part:
        case {"$ref": str(reference)}:
            yield reference
        case dict():
            for member in part.values():
                yield from references(member)
        case list():
            for item in part:
                yield from references(item)


def test_every_route_of_the_api_is_there_and_nothing_else(document: Document) -> None:
    told = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    served = {(route.method, told_path(route)) for route in ROUTES}
    assert told == served | {("GET", "/livez"), ("GET", "/readyz")}


def test_every_reference_leads_somewhere(document: Document) -> None:
    named = {tuple(reference.removeprefix("#/components/").split("/")) for reference in references(document)}
    assert {kind for kind, _ in named} == {"schemas", "responses", "headers", "examples"}
    assert [name for kind, name in named if name not in document["components"][kind]] == []


def test_every_operation_has_a_name_of_its_own(document: Document) -> None:
    names = [each["operationId"] for methods in document["paths"].values() for each in methods.values()]
    assert len(names) == len(set(names))
    assert all(re.fullmatch(r"[a-z][A-Za-z0-9]+", name) for name in names)


def test_the_key_is_a_bearer(document: Document) -> None:
    bearer = document["components"]["securitySchemes"]["bearer"]
    assert (bearer["type"], bearer["scheme"]) == ("http", "bearer")
    assert "Authorization: JWT" in bearer["description"]


@each_route
def test_a_route_asks_for_a_key_and_says_how_it_refuses(route: Route, document: Document) -> None:
    told = operation(document, route)
    assert told["security"] == [{"bearer": []}]
    statuses = {"400", "401", "403", "500", "503"} | ({"404"} if "{" in route.path else set())
    statuses |= {"413", "415"} if route.body is not None else set()
    assert statuses <= told["responses"].keys()
    for status, response in told["responses"].items():
        if status >= "400":
            assert schemas_in(response) == {"Refusal"}, status
            assert {"application/json", "application/problem+json"} == response["content"].keys()


@each_route
def test_a_route_answers_what_it_says(route: Route, document: Document) -> None:
    success = "201" if route.query else str(route.success or route.answer)
    assert [status for status in operation(document, route)["responses"] if status < "400"] == [success]


def test_the_codes_stand_with_their_statuses(document: Document) -> None:
    callback = operation(document, ROUTES[-1])["responses"]
    assert "`invalid_state`" in callback["400"]["description"]
    assert "`callback_in_progress`" in callback["409"]["description"]
    assert "`provider_protocol_error`" in callback["502"]["description"]


def test_the_callback_takes_what_a_provider_sends(document: Document) -> None:
    parameters = operation(document, ROUTES[-1])["parameters"]
    assert {parameter["name"]: parameter.get("required", False) for parameter in parameters} == {
        "state": True,
        "code": False,
        "error": False,
        "error_description": False,
        "error_uri": False,
        "iss": False,
    }


def test_a_request_takes_no_other_members(document: Document) -> None:
    schemas = document["components"]["schemas"]
    bodies = [
        each["requestBody"]
        for methods in document["paths"].values()
        for each in methods.values()
        if "requestBody" in each
    ]
    assert len(bodies) == sum(route.body is not None for route in ROUTES)
    waiting = schemas_in(bodies)
    seen: set[str] = set()
    while waiting:
        name = waiting.pop()
        seen.add(name)
        if schemas[name].get("type") == "object":
            assert schemas[name]["additionalProperties"] is False, name
        waiting |= schemas_in(schemas[name]) - seen
    assert {"CreateApp", "Server", "AuthConfig", "TokenRequest"} <= seen


def test_a_refusal_has_the_members_that_it_has(document: Document) -> None:
    body = document["components"]["schemas"]["Refusal"]
    assert {"code", "message", "extensions", "status", "title", "detail", "instance"} <= set(body["required"])


@each_route
def test_every_body_is_shown_by_example(route: Route, document: Document) -> None:
    told = operation(document, route)
    for part in (told.get("requestBody"), *told["responses"].values()):
        for content in (part or {}).get("content", {}).values():
            assert content["examples"]


@each_route
def test_an_answer_says_its_headers(route: Route, document: Document) -> None:
    for status, response in operation(document, route)["responses"].items():
        assert {"X-Request-Id", "Cache-Control"} <= response["headers"].keys()
        assert ("WWW-Authenticate" in response["headers"]) == (status == "401")
        passing = status in {"502", "503"} or "`callback_in_progress`" in response["description"]
        assert ("Retry-After" in response["headers"]) == passing


def test_every_example_is_what_its_schema_says(document: Document) -> None:
    for name, example in document["components"]["examples"].items():
        schema = {"$ref": f"#/components/schemas/{name.partition('.')[0]}", "components": document["components"]}
        jsonschema_rs.validate(schema, example["value"], validate_formats=True)


@each_route
async def test_options_lists_all_that_an_address_takes(route: Route, service: Service) -> None:
    async with service.http(None) as http:
        answer = await http.options(re.sub(r"\{\w+:str\}", UNKNOWN, route.path))
        refused = await http.patch(re.sub(r"\{\w+:str\}", UNKNOWN, route.path))
    methods = {each.method for each in ROUTES if each.path == route.path} | {"OPTIONS"}
    assert answer.status_code == 204
    assert set(answer.headers["Allow"].split(", ")) == set(refused.headers["Allow"].split(", ")) == methods


def test_what_is_made_leads_to_what_can_be_done_with_it(document: Document) -> None:
    made = document["paths"]["/v1alpha1/organisations/{organisationId}/credentials"]["post"]["responses"]["201"]
    assert made["links"].keys() == {"readCredential", "replaceCredential", "deleteCredential"}
    assert made["links"]["readCredential"]["parameters"] == {
        "organisationId": "$request.path.organisationId",
        "credentialId": "$response.body#/id",
    }
