"""Roles by routes (C66): default deny, and no route that is not in the table."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack

import httpx
import pytest
from litestar.routes import HTTPRoute

from app.asgi import create_app
from tests.integration.http.asking import Connected, refused
from tests.integration.http.table import PUBLIC, ROLES, ROUTES, Route
from tests.support.service import Service

route_and_role = pytest.mark.parametrize(
    ("route", "role"),
    [
        pytest.param(route, role, id=f"{role} {route.method} {route.path}".replace(":str", ""))
        for route in ROUTES
        for role in ROLES
    ],
)


@pytest.fixture(scope="session")
async def by_role(service: Service, connected: Connected) -> AsyncIterator[Mapping[str, httpx.AsyncClient]]:
    """A key for each role alone, all in the organisation that has everything."""
    organisation_id = connected.ids["organisation_id"]
    async with AsyncExitStack() as stack:
        keys = {"platform-admin": await stack.enter_async_context(service.http(service.admin_key.reveal()))}
        for role in set(ROLES) - keys.keys():
            caller = await stack.enter_async_context(service.caller(role, organisation_id=organisation_id))
            keys[role] = caller.http
        yield keys


def test_every_route_of_the_application_is_in_the_table(service: Service) -> None:
    served = {
        (method, route.path)
        for route in create_app(service.container).routes
        if isinstance(route, HTTPRoute)
        for method in route.route_handler_map
        if method != "OPTIONS"
    }
    assert served == {(route.method, route.path) for route in ROUTES} | PUBLIC


@route_and_role
async def test_a_role_may_what_the_table_says_and_nothing_else(
    route: Route, role: str, by_role: Mapping[str, httpx.AsyncClient], connected: Connected
) -> None:
    ids = {**connected.ids, **(route.spared if role in route.roles else {})}
    response = await by_role[role].request(route.method, route.url(ids), json=route.json(ids))
    if role in route.roles:
        assert response.status_code == (404 if route.spared else route.answer), response.text
    else:
        refused(response, 403, "forbidden")


async def test_roles_add_up(service: Service, connected: Connected) -> None:
    organisation_id = connected.ids["organisation_id"]
    async with service.caller("viewer", "issuer", organisation_id=organisation_id) as caller:
        token = await caller.token(connected.ids["connection_id"], minimumValidity=0)
        init = await caller.post("connection-init", {"appId": connected.ids["app_id"], "authType": "oauth2"})
    assert token.status_code == 200
    refused(init, 403, "forbidden")
