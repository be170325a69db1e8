"""Connections under faults (security.md, C51): stopped at any step, record and secret end up together, or both gone."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from domain.errors import StorageUnavailable
from tests.faults.dying import dying_before, minutes_pass
from tests.integration.connections.making import API_KEY, create, created, delete, in_vault, replace
from tests.support.faulty import FaultySecrets
from tests.support.postgres import behind
from tests.support.service import Caller, Service, answered, refused


@pytest.fixture
async def acme(service: Service) -> AsyncIterator[Caller]:
    async with service.caller() as caller:
        yield caller


@pytest.fixture
async def made(acme: Caller) -> dict[str, Any]:
    return await created(acme, API_KEY, apiKey="k-1")


async def resume(service: Service) -> None:
    """Somebody goes on with what was left."""
    await minutes_pass(service)
    assert await service.container.resume_endings()() is False


async def nothing_is_left(service: Service, caller: Caller) -> bool:
    below = f"{caller.organisation_id}/credentials"
    _, listed = await service.vault.as_root("LIST", f"{service.vault.mount}/metadata/{below}")
    async with behind(service.container.pool()) as connection:
        statement = """
            SELECT id::text FROM connections WHERE organisation_id = %(id)s
            UNION ALL SELECT id::text FROM credentials WHERE organisation_id = %(id)s
        """
        rows = await (await connection.execute(statement, {"id": caller.organisation_id})).fetchall()
    return not listed.get("data") and rows == []


async def test_c51_a_deletion_that_died_before_the_secret_was_destroyed_goes_on(
    acme: Caller, made: dict[str, Any], secrets: FaultySecrets, service: Service
) -> None:
    secrets.destroys_nothing = True
    refused(await delete(acme, made), 503, "storage_unavailable")
    assert await in_vault(service, made) == {"raw": "k-1"}
    refused(await acme.get(f"connections/{made['id']}"), 404, "not_found")
    refused(await acme.get(f"credentials/{made['credentialId']}"), 404, "not_found")
    refused(await delete(acme, made), 404, "not_found")
    with pytest.raises(StorageUnavailable):
        await resume(service)
    secrets.destroys_nothing = False
    await resume(service)
    assert await nothing_is_left(service, acme)


async def test_c51_a_deletion_that_died_before_its_record_went_goes_on(
    acme: Caller, made: dict[str, Any], service: Service
) -> None:
    with dying_before(service, "remove"):
        refused(await delete(acme, made), 503, "storage_unavailable")
    assert await in_vault(service, made) is None
    refused(await acme.get(f"connections/{made['id']}"), 404, "not_found")
    await resume(service)
    assert await nothing_is_left(service, acme)


async def test_c51_a_deletion_that_died_before_it_began_changed_nothing(
    acme: Caller, made: dict[str, Any], service: Service
) -> None:
    with dying_before(service, "begin_deleting"):
        refused(await delete(acme, made), 503, "storage_unavailable")
    await resume(service)
    assert answered(await acme.get(f"connections/{made['id']}")) == made
    assert await in_vault(service, made) == {"raw": "k-1"}


async def test_c51_what_is_being_deleted_is_nobody_elses_for_a_minute(
    acme: Caller, made: dict[str, Any], service: Service
) -> None:
    with dying_before(service, "remove"):
        refused(await delete(acme, made), 503, "storage_unavailable")
    assert await service.container.resume_endings()() is False
    assert not await nothing_is_left(service, acme)


async def test_a_connection_whose_record_was_never_kept_leaves_nothing(acme: Caller, service: Service) -> None:
    with dying_before(service, "reserve"):
        refused(await create(acme, API_KEY, apiKey="k-1"), 503, "storage_unavailable")
    assert await nothing_is_left(service, acme)


async def test_a_connection_that_was_never_confirmed_leaves_nothing(acme: Caller, service: Service) -> None:
    with dying_before(service, "confirm"):
        refused(await create(acme, API_KEY, apiKey="k-1"), 503, "storage_unavailable")
    assert answered(await acme.get("connections"))["totalCount"] == 0
    assert answered(await acme.get("credentials"))["totalCount"] == 0
    assert not await nothing_is_left(service, acme)
    await resume(service)
    assert await nothing_is_left(service, acme)


async def test_a_connection_whose_write_was_answered_by_nobody_leaves_nothing(
    acme: Caller, secrets: FaultySecrets, service: Service
) -> None:
    app = await created(acme, API_KEY, apiKey="k-1")
    secrets.loses_answers = 1
    body = {"name": "Mine", "appId": app["app"]["id"], "authType": "apikey", "data": {"apiKey": "k-2"}}
    refused(await acme.post("connections", body), 503, "storage_unavailable")
    assert answered(await acme.get("connections"))["totalCount"] == 1
    answered(await delete(acme, app))
    await resume(service)
    assert await nothing_is_left(service, acme)


async def test_a_replacement_that_died_before_its_record_is_done_by_the_next(
    acme: Caller, made: dict[str, Any], service: Service
) -> None:
    with dying_before(service, "record_replaced"):
        refused(await replace(acme, made, data={"apiKey": "k-2"}), 503, "storage_unavailable")
    assert answered(await acme.post(f"connections/{made['id']}/headers"))["headers"] == {"X-Key": "k-2"}
    answered(await replace(acme, made, data={"apiKey": "k-3"}))
    assert answered(await acme.post(f"connections/{made['id']}/headers"))["headers"] == {"X-Key": "k-3"}
