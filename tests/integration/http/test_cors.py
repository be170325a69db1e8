"""CORS: pages of the origins in the settings ask with a bearer, and read what is answered; nobody else's do."""

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.support.servers import PostgresServer, VaultServer
from tests.support.service import Caller, Service, a_service
from tests.support.vault import a_vault_mount

OURS = "https://console.example"
PREFLIGHT = {"Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "authorization,content-type"}


@pytest.fixture(scope="module")
async def open_service(postgres_server: PostgresServer, vault_server: VaultServer) -> AsyncIterator[Service]:
    async with (
        a_vault_mount(vault_server.address, vault_server.token) as mount,
        a_service(postgres_server, mount, cors_origins=(OURS,)) as service,
    ):
        yield service


@pytest.fixture(scope="module")
async def caller(open_service: Service) -> AsyncIterator[Caller]:
    async with open_service.caller() as caller:
        yield caller


def cors_of(response: httpx.Response) -> dict[str, str]:
    return {name: value for name, value in response.headers.items() if name.startswith("access-control-")}


async def test_a_preflight_of_ours_is_answered_without_a_key(open_service: Service, caller: Caller) -> None:
    async with open_service.http(None) as http:
        response = await http.options(caller.below("apps"), headers=PREFLIGHT | {"Origin": OURS})
    assert (response.status_code, response.content) == (204, b"")
    assert cors_of(response) == {
        "access-control-allow-origin": OURS,
        "access-control-allow-methods": "GET, POST, PUT, DELETE",
        "access-control-allow-headers": "Authorization, Content-Type",
        "access-control-max-age": "600",
        "access-control-expose-headers": "X-Request-Id, Retry-After",
    }
    assert response.headers["Vary"] == "Origin"


@pytest.mark.parametrize("path", ["apps", "nothing", "apps/nothing"])
async def test_an_answer_can_be_read_whatever_it_is(path: str, caller: Caller) -> None:
    response = await caller.http.get(caller.below(path), headers={"Origin": OURS})
    assert response.headers["Access-Control-Allow-Origin"] == OURS
    assert "Access-Control-Allow-Credentials" not in response.headers
    assert response.headers["Vary"] == "Origin"


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "https://console.example.evil.example", ""])
async def test_anybody_elses_page_reads_nothing(origin: str, caller: Caller) -> None:
    asked = await caller.http.get(caller.below("apps"), headers={"Origin": origin})
    preflight = await caller.http.options(caller.below("apps"), headers=PREFLIGHT | {"Origin": origin})
    assert cors_of(asked) == cors_of(preflight) == {}
    assert asked.headers["Vary"] == "Origin"


async def test_c67_pages_of_ours_are_read_by_no_page(open_service: Service) -> None:
    async with open_service.http(None) as http:
        response = await http.get("/connect?ticket=x", headers={"Origin": OURS})
    assert cors_of(response) == {}


async def test_without_the_setting_there_is_none(acme: Caller) -> None:
    response = await acme.http.get(acme.below("apps"), headers={"Origin": OURS})
    assert cors_of(response) == {}
