"""The OpenAPI document says what there is, and how it refuses."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

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


def operation(document: Document, route: Route) -> Document:
    found: Document = document["paths"][route.path.replace(":str", "")][route.method.lower()]
    return found


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
    served = {(route.method, route.path.replace(":str", "")) for route in ROUTES}
    assert told == served | {("GET", "/livez"), ("GET", "/readyz")}


def test_every_reference_leads_somewhere(document: Document) -> None:
    names = {reference.removeprefix("#/components/schemas/") for reference in references(document)}
    assert names <= document["components"]["schemas"].keys()


def test_every_operation_has_a_name_of_its_own(document: Document) -> None:
    names = [each["operationId"] for methods in document["paths"].values() for each in methods.values()]
    assert len(names) == len(set(names))
    assert all(re.fullmatch(r"[a-z][A-Za-z0-9]+", name) for name in names)


def test_the_key_is_a_bearer(document: Document) -> None:
    assert document["components"]["securitySchemes"]["bearer"] == {"type": "http", "scheme": "bearer"}


@each_route
def test_a_route_asks_for_a_key_and_says_how_it_refuses(route: Route, document: Document) -> None:
    told = operation(document, route)
    assert told["security"] == [{"bearer": []}]
    statuses = {"400", "401", "403", "500", "503"} | ({"404"} if "{" in route.path else set())
    statuses |= {"413", "415"} if route.body is not None else set()
    assert statuses <= told["responses"].keys()
    for status, response in told["responses"].items():
        if status >= "400":
            assert [*references(response)] == ["#/components/schemas/RefusalBody"], status


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
    assert {parameter["name"]: parameter["required"] for parameter in parameters} == {
        "state": True,
        "code": False,
        "error": False,
        "error_description": False,
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
    waiting = {reference.rpartition("/")[2] for reference in references(bodies)}
    seen: set[str] = set()
    while waiting:
        name = waiting.pop()
        seen.add(name)
        if schemas[name].get("type") == "object":
            assert schemas[name]["additionalProperties"] is False, name
        waiting |= {reference.rpartition("/")[2] for reference in references(schemas[name])} - seen
    assert {"CreateAppBody", "ServerBody", "AuthConfigBody", "TokenRequestBody"} <= seen


def test_a_refusal_has_the_members_that_it_has(document: Document) -> None:
    body = document["components"]["schemas"]["RefusalBody"]
    assert {"code", "message", "extensions", "status", "title", "detail", "instance"} <= set(body["required"])
