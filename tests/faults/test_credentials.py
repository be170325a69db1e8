"""Credentials under faults (security.md, C51): stopped at any step, record and secret end up together, or both gone."""

import base64
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from dependency_injector import providers

from app.use_cases.sweep_credentials import SweepCredentials
from domain.errors import StorageUnavailable
from tests.support.faulty import FaultySecrets
from tests.support.postgres import behind
from tests.support.service import Caller, Service, answered, refused

# Longer than anything is waited for; what has no time of its own stays as it is.
_TIME_PASSES = """
UPDATE credentials
SET removal_at = removal_at - interval '10 minutes', next_until = next_until - interval '10 minutes'
WHERE organisation_id = %s
"""


class Dying:
    """A credential store that dies just before one of its steps."""

    def __init__(self, beneath: object, step: str) -> None:
        self.beneath = beneath
        self.step = step

    def __getattr__(self, name: str) -> object:
        if name == self.step:
            raise StorageUnavailable
        return getattr(self.beneath, name)


@pytest.fixture
async def acme(service: Service) -> AsyncIterator[Caller]:
    async with service.caller() as caller:
        yield caller


@pytest.fixture
async def made(acme: Caller) -> dict[str, Any]:
    return answered(await acme.post("credentials", a_body("old")), 201)


@contextmanager
def dying_before(service: Service, step: str) -> Iterator[None]:
    with service.container.credentials.override(providers.Object(Dying(service.container.credentials(), step))):
        yield


def a_body(value: str, **changes: Any) -> dict[str, Any]:
    data = {"secret": base64.b64encode(value.encode()).decode()}
    return {"name": value, "type": "Default", "data": data, "redactFields": []} | changes


async def wait_and_sweep(service: Service, caller: Caller) -> None:
    async with behind(service.container.pool()) as connection:
        await connection.execute(_TIME_PASSES, [caller.organisation_id])
    sweep: SweepCredentials = service.container.sweep_credentials()
    while await sweep():
        pass


async def in_vault(service: Service, caller: Caller) -> dict[str, Any]:
    """What is in Vault of the organisation's credentials, by id."""
    below = f"{caller.organisation_id}/credentials"
    _, listed = await service.vault.as_root("LIST", f"{service.vault.mount}/metadata/{below}")
    found = {}
    for credential_id in listed["data"]["keys"] if listed.get("data") else []:
        _, read = await service.vault.as_root("GET", f"{service.vault.mount}/data/{below}/{credential_id}")
        found[credential_id] = read["data"]["data"]
    return found


async def rows(service: Service, caller: Caller) -> int:
    async with behind(service.container.pool()) as connection:
        statement = "SELECT id FROM credentials WHERE organisation_id = %s"
        return len(await (await connection.execute(statement, [caller.organisation_id])).fetchall())


async def nothing_is_left(service: Service, caller: Caller) -> bool:
    return await in_vault(service, caller) == {} and await rows(service, caller) == 0


async def test_a_creation_that_died_before_its_secret_leaves_nothing(
    acme: Caller, secrets: FaultySecrets, service: Service
) -> None:
    secrets.refuses_documents = True
    refused(await acme.post("credentials", a_body("x")), 503, "storage_unavailable")
    assert answered(await acme.get("credentials"))["totalCount"] == 0
    assert await rows(service, acme) == 1
    secrets.refuses_documents = False
    await wait_and_sweep(service, acme)
    assert await nothing_is_left(service, acme)


async def test_a_creation_that_died_after_its_secret_leaves_nothing(acme: Caller, service: Service) -> None:
    with dying_before(service, "settle"):
        refused(await acme.post("credentials", a_body("x")), 503, "storage_unavailable")
    assert len(await in_vault(service, acme)) == 1
    assert answered(await acme.get("credentials"))["totalCount"] == 0
    await wait_and_sweep(service, acme)
    assert await nothing_is_left(service, acme)


async def test_a_creation_whose_write_was_answered_by_nobody_is_made(acme: Caller, secrets: FaultySecrets) -> None:
    secrets.loses_answers = 1
    credential = answered(await acme.post("credentials", a_body("x")), 201)
    assert answered(await acme.get(f"credentials/{credential['id']}")) == credential


async def test_a_replacement_that_died_before_its_secret_changes_nothing(
    acme: Caller, made: dict[str, Any], secrets: FaultySecrets, service: Service
) -> None:
    path = f"credentials/{made['id']}"
    secrets.refuses_documents = True
    refused(await acme.put(path, a_body("new", redactFields=["secret"])), 503, "storage_unavailable")
    assert answered(await acme.get(path)) == made
    secrets.refuses_documents = False
    await wait_and_sweep(service, acme)
    assert answered(await acme.get(path)) == made
    assert answered(await acme.put(path, a_body("newer")))["name"] == "newer"


@pytest.mark.parametrize("swept_first", [False, True])
async def test_a_replacement_that_died_after_its_secret_holds_with_its_terms(
    swept_first: bool, acme: Caller, made: dict[str, Any], service: Service
) -> None:
    """Whoever reads it first sees the new data redacted as the new terms say, never as the old ones do."""
    path = f"credentials/{made['id']}"
    with dying_before(service, "settle"):
        refused(await acme.put(path, a_body("new", redactFields=["secret"])), 503, "storage_unavailable")
    if swept_first:
        await wait_and_sweep(service, acme)
    read = answered(await acme.get(path))
    assert (read["name"], read["data"], read["redactFields"]) == ("new", {}, ["secret"])
    assert await in_vault(service, acme) == {made["id"]: a_body("new")["data"]}


async def test_a_replacement_whose_write_was_answered_by_nobody_is_made(
    acme: Caller, made: dict[str, Any], secrets: FaultySecrets
) -> None:
    secrets.loses_answers = 1
    replaced = answered(await acme.put(f"credentials/{made['id']}", a_body("new")))
    assert answered(await acme.get(f"credentials/{made['id']}")) == replaced


async def test_c51_a_deletion_that_died_before_its_secret_goes_on(
    acme: Caller, made: dict[str, Any], secrets: FaultySecrets, service: Service
) -> None:
    path = f"credentials/{made['id']}"
    secrets.destroys_nothing = True
    refused(await acme.delete(path), 503, "storage_unavailable")
    for response in (await acme.get(path), await acme.delete(path), await acme.put(path, a_body("x"))):
        refused(response, 404, "not_found")
    assert len(await in_vault(service, acme)) == 1
    secrets.destroys_nothing = False
    await wait_and_sweep(service, acme)
    assert await nothing_is_left(service, acme)


async def test_c51_a_deletion_that_died_after_its_secret_goes_on(
    acme: Caller, made: dict[str, Any], service: Service
) -> None:
    with dying_before(service, "remove"):
        refused(await acme.delete(f"credentials/{made['id']}"), 503, "storage_unavailable")
    assert await in_vault(service, acme) == {}
    await wait_and_sweep(service, acme)
    assert await nothing_is_left(service, acme)


async def test_c51_a_job_that_died_goes_on_from_the_record(
    acme: Caller, made: dict[str, Any], secrets: FaultySecrets, service: Service
) -> None:
    sweep: SweepCredentials = service.container.sweep_credentials()
    async with behind(service.container.pool()) as connection:
        await connection.execute("UPDATE credentials SET expires_at = now() WHERE id = %s", [made["id"]])
    secrets.destroys_nothing = True
    with pytest.raises(StorageUnavailable):
        await service.container.sweep_credentials()()
    assert len(await in_vault(service, acme)) == 1
    secrets.destroys_nothing = False
    with dying_before(service, "remove"), pytest.raises(StorageUnavailable):
        await wait_and_sweep(service, acme)
    assert (await in_vault(service, acme), await rows(service, acme)) == ({}, 1)
    assert await sweep() is False
    await wait_and_sweep(service, acme)
    assert await nothing_is_left(service, acme)


async def test_while_vault_takes_no_writes_nothing_is_taken_and_it_is_seen_to_be_late(
    acme: Caller, made: dict[str, Any], secrets: FaultySecrets, service: Service
) -> None:
    async with behind(service.container.pool()) as connection:
        expired = "UPDATE credentials SET expires_at = now() - interval '1 hour' WHERE id = %s"
        await connection.execute(expired, [made["id"]])
    secrets.refuses = True
    for _ in range(2):
        with pytest.raises(StorageUnavailable):
            await wait_and_sweep(service, acme)
        assert await service.container.sweep_credentials().seconds_late() > 3000
    secrets.refuses = False
    await wait_and_sweep(service, acme)
    assert await nothing_is_left(service, acme)


async def test_a_replacement_that_meets_a_deletion_makes_nothing_anew(
    acme: Caller, made: dict[str, Any], service: Service
) -> None:
    with dying_before(service, "settle"):
        refused(await acme.put(f"credentials/{made['id']}", a_body("new")), 503, "storage_unavailable")
    answered(await acme.delete(f"credentials/{made['id']}"))
    await wait_and_sweep(service, acme)
    assert await nothing_is_left(service, acme)


async def test_a_replacement_that_cannot_be_looked_up_holds_up_nothing_else(
    acme: Caller, made: dict[str, Any], service: Service
) -> None:
    other = answered(await acme.post("credentials", a_body("other")), 201)
    with dying_before(service, "settle"):
        await acme.put(f"credentials/{made['id']}", a_body("new"))
    with dying_before(service, "remove"):
        await acme.delete(f"credentials/{other['id']}")
    path = f"{service.vault.mount}/data/{acme.organisation_id}/credentials/{made['id']}"
    await service.vault.as_root("POST", path, {"options": {"cas": 2}, "data": {"not": {"a": "string"}}})
    with pytest.raises(StorageUnavailable):
        await wait_and_sweep(service, acme)
    assert await rows(service, acme) == 1
    answered(await acme.delete(f"credentials/{made['id']}"))
