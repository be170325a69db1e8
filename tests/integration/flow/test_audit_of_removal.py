"""What proves that an organisation is gone: events that outlive it, and say how much of each kind there was."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

import httpx
import pytest

from domain.ids import OrganisationId
from tests.integration.flow.test_offboarding import ORGANISATIONS, furnish, rows_of, stopping
from tests.support.service import Service, Setting, answered, refused

KINDS = {
    "apiKeys": "api_keys",
    "apps": "apps",
    "connections": "connections",
    "credentials": "credentials",
    "flows": "flows",
    "signingKeys": "signing_keys",
}


@pytest.fixture
async def admin(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    async with service.http(service.admin_key.reveal()) as http:
        yield http


async def events_of(admin: httpx.AsyncClient, organisation_id: str, **query: str) -> Sequence[Mapping[str, Any]]:
    answer = await admin.get(f"{ORGANISATIONS}/{organisation_id}/audit-events", params={"first": "100"} | query)
    items: list[Mapping[str, Any]] = answered(answer)["items"]
    return items


async def counted(service: Service, organisation_id: str) -> dict[str, int]:
    """How much of each kind there is."""
    rows = await rows_of(service, organisation_id)
    return {kind: rows[table] for kind, table in KINDS.items()}


@pytest.mark.parametrize("after", [None, 0, 1, 2, 3])
async def test_the_proof_counts_what_was_there_wherever_the_removal_was_stopped(
    after: int | None, service: Service, relay: Setting, admin: httpx.AsyncClient
) -> None:
    organisation_id = relay.caller.organisation_id
    url = f"{ORGANISATIONS}/{organisation_id}"
    await furnish(service, relay)
    there = await counted(service, organisation_id)
    assert min(there.values()) > 0
    if after is not None:
        with stopping(service, after=after):
            refused(await admin.delete(url), 503, "storage_unavailable")
    last = await admin.delete(url)
    answered(last)
    begun, removed = (await events_of(admin, organisation_id))[-2:]
    assert [begun["action"], removed["action"]] == ["organisation.removal_begun", "organisation.removed"]
    assert removed["detail"]["removed"] == there
    assert removed["requestId"] == last.headers["X-Request-Id"]
    assert (begun["requestId"] == removed["requestId"]) is (after is None)
    assert begun["principal"]["id"] == "bootstrap"


async def test_what_a_job_removes_switchboard_removed(
    service: Service, relay: Setting, admin: httpx.AsyncClient
) -> None:
    organisation_id = relay.caller.organisation_id
    await service.container.offboarding().mark(OrganisationId(organisation_id))
    await service.container.offboard_organisations()()
    [removed] = await events_of(admin, organisation_id, action="organisation.removed")
    assert removed["principal"] == {"id": "switchboard", "name": "Switchboard"}
    assert "requestId" not in removed


async def test_who_has_the_identifier_next_sees_nothing_of_it(
    service: Service, relay: Setting, admin: httpx.AsyncClient
) -> None:
    organisation_id = relay.caller.organisation_id
    answered(await admin.delete(f"{ORGANISATIONS}/{organisation_id}"))
    before = await events_of(admin, organisation_id)
    answered(await admin.post(ORGANISATIONS, json={"name": "Another", "id": organisation_id}), 201)
    async with service.caller(organisation_id=organisation_id) as caller:
        page = answered(await caller.get("audit-events"))
    assert [event["action"] for event in page["items"]] == ["organisation.created", "api_key.created"]
    assert page["totalCount"] == 2
    assert (await events_of(admin, organisation_id))[: len(before)] == before
