"""Who sent a request: one API key, in the Authorization header alone."""

from typing import Any

import httpx
import pytest

from domain.secret import Secret
from tests.integration.http.asking import JSON, apart_from_its_request, execute, refused
from tests.support.domain_examples import an_api_key
from tests.support.service import Caller, Service, answered


def key_of(caller: Caller) -> str:
    return caller.http.headers["Authorization"].removeprefix("Bearer ")


async def ask(service: Service, caller: Caller, *authorization: str) -> httpx.Response:
    headers = [(b"Authorization", value.encode()) for value in authorization]
    async with service.http(None) as http:
        return await http.get(caller.below("apps"), headers=headers)


@pytest.mark.parametrize(
    "spelling", ["Bearer {}", "bearer {}", "BEARER {}", "Bearer   {}", "{}", "  {}  ", "Bearer {} "]
)
async def test_a_key_is_a_bearer_with_and_without_the_scheme(spelling: str, service: Service, acme: Caller) -> None:
    assert (await ask(service, acme, spelling.format(key_of(acme)))).status_code == 200


@pytest.mark.parametrize(
    "spelling",
    [
        "",
        " ",
        "Bearer",
        "Bearer ",
        "bearer",
        "Basic {}",
        "JWT {}",
        "Token {}",
        "Bearer x{}",
        "Bearer {}x",
        "Bearer {} x",
        "Bearer Bearer {}",
        "Bearer\t{}",
        'Bearer token="{}"',
        "x",
        "Bearer sb_unknown",
        "Bearer " + "x" * 16_385,
        "x" * 200_000,
        "Bearer ключ",
    ],
)
async def test_anything_else_is_nobody(spelling: str, service: Service, acme: Caller) -> None:
    response = await ask(service, acme, spelling.format(key_of(acme)))
    refused(response, 401, "unauthorized")
    assert response.headers["WWW-Authenticate"] == "Bearer"


async def test_without_the_header_it_is_nobody(service: Service, acme: Caller) -> None:
    refused(await ask(service, acme), 401, "unauthorized")


async def test_two_headers_are_nobody_for_who_would_say_which_counts(service: Service, acme: Caller) -> None:
    key = f"Bearer {key_of(acme)}"
    refused(await ask(service, acme, key, "Bearer x"), 401, "unauthorized")
    refused(await ask(service, acme, "Bearer x", key), 401, "unauthorized")


async def test_a_key_counts_nowhere_but_in_its_header(service: Service, acme: Caller) -> None:
    """CVE-2023-1387: a token in a query ends up in logs."""
    key = key_of(acme)
    async with service.http(None) as http:
        elsewhere = {"X-API-Key": key, "Cookie": f"Authorization={key}", "Proxy-Authorization": f"Bearer {key}"}
        response = await http.get(acme.below("apps"), params={"access_token": key}, headers=elsewhere)
    refused(response, 401, "unauthorized")


async def test_an_expired_key_is_told_as_an_unknown_one(service: Service, acme: Caller) -> None:
    async with service.caller("viewer", organisation_id=acme.organisation_id) as other:
        assert (await other.get("apps")).status_code == 200
        await execute(
            service,
            "UPDATE api_keys SET expires_at = clock_timestamp() WHERE fingerprint = %(fingerprint)s",
            fingerprint=Secret(key_of(other)).fingerprint(),
        )
        expired = await other.get("apps")
    refused(expired, 401, "unauthorized")
    assert apart_from_its_request(expired) == apart_from_its_request(await ask(service, acme, "Bearer x"))


@pytest.mark.parametrize(
    ("method", "path", "request_"),
    [
        ("POST", "apps", {"content": b"{", "headers": JSON}),
        ("POST", "apps", {"content": b"x"}),
        ("POST", "apps", {"content": b" " * 1_100_000, "headers": JSON}),
        ("GET", "apps?first=x&after=y&sort=z", {}),
        ("GET", "apps/malformed", {}),
        ("GET", "/v1alpha1/connections/oauth2/callback?state=s&state=s", {}),
        ("GET", "/v1alpha1/connections/oauth2/callback", {}),
    ],
)
async def test_a_stranger_is_told_nothing_but_that(
    method: str, path: str, request_: dict[str, Any], acme: Caller, stranger: httpx.AsyncClient
) -> None:
    url = path if path.startswith("/") else acme.below(path)
    refused(await stranger.request(method, url, **request_), 401, "unauthorized")


async def test_the_settings_administrator_is_one_until_another_exists(
    service: Service, admin: httpx.AsyncClient
) -> None:
    other = an_api_key(None)
    await service.container.api_keys().add(other)
    try:
        refused(await admin.post("/v1alpha1/organisations", json={"name": "x"}), 401, "unauthorized")
    finally:
        await execute(service, "DELETE FROM api_keys WHERE id = %(id)s", id=other.id)
    answered(await admin.post("/v1alpha1/organisations", json={"name": "x"}), 201)


async def test_options_takes_no_key_for_a_preflight_carries_none(acme: Caller, stranger: httpx.AsyncClient) -> None:
    assert (await stranger.options(acme.below("apps"))).status_code == 204
