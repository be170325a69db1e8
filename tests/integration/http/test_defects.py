"""A defect of ours, and a dependency that is away: logged, and told as little as the caller needs."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from dependency_injector import providers
from structlog.testing import capture_logs

from domain.ports import SecretStoreUnavailable
from tests.integration.http.asking import refused
from tests.support.service import Caller, Service, answered


class Apps:
    """An AppStore of which every answer fails."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    async def list(self, *_: object, **__: object) -> None:
        raise self._error


@pytest.fixture
def broken(service: Service) -> Iterator[None]:
    with service.container.apps.override(providers.Object(Apps(RuntimeError("c4n4ry")))):
        yield


@pytest.mark.usefixtures("broken")
async def test_a_defect_is_logged_whole_and_told_as_its_request_id(acme: Caller) -> None:
    with capture_logs() as logged:
        response = await acme.get("apps", token="c4n4ry")
    body = refused(response, 500, "internal_error")
    assert "c4n4ry" not in response.text
    (defect,) = [entry for entry in logged if entry["event"] == "internal_error"]
    assert defect["path"] == acme.below("apps"), "without the query"
    assert isinstance(defect["exc_info"], RuntimeError)
    assert body["extensions"].keys() == {"requestId"}


async def test_a_store_that_is_away_is_told_with_when_to_come_again(service: Service, acme: Caller) -> None:
    error = SecretStoreUnavailable("Vault is sealed. Unseal it.")
    error.__cause__ = ConnectionError("c4n4ry")
    with service.container.apps.override(providers.Object(Apps(error))), capture_logs() as logged:
        response = await acme.get("apps")
    refused(response, 503, "storage_unavailable")
    assert int(response.headers["Retry-After"]) > 0
    (entry,) = [entry for entry in logged if entry["event"] == "storage_unavailable"]
    assert entry["cause"] == ["ConnectionError"]


async def test_a_request_is_logged_with_its_id_and_never_with_its_query(acme: Caller) -> None:
    with capture_logs() as logged:
        response = await acme.http.get("/connect?ticket=c4n4ry")
    refusal, entry = logged
    assert refusal["event"] == "invalid_state"
    assert (entry["event"], entry["method"], entry["path"], entry["status"]) == ("request", "GET", "/connect", 400)
    assert entry["milliseconds"] >= 0
    assert "c4n4ry" not in str(logged)
    assert response.headers["X-Request-Id"]


async def test_a_client_that_leaves_in_the_middle_of_its_body_is_no_defect(service: Service, acme: Caller) -> None:
    assert isinstance(service.transport, httpx.ASGITransport)
    serving = service.transport.app
    messages: list[dict[str, Any]] = [
        {"type": "http.request", "body": b'{"name":', "more_body": True},
        {"type": "http.disconnect"},
    ]

    async def leaves() -> dict[str, Any]:
        return messages.pop(0)

    async def left(scope: Any, _: object, send: Any) -> None:
        await serving(scope, leaves, send)

    headers = {"Authorization": acme.http.headers["Authorization"], "Content-Type": "application/json"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=left), base_url=service.public_url) as http:
        with capture_logs() as logged:
            await http.post(acme.below("credentials"), headers=headers)
    assert [entry["event"] for entry in logged] == ["request"], logged
    assert answered(await acme.get("credentials"))["totalCount"] == 0
