"""What expires is gone for readers at once, and with all of its secret soon after."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

from adapters.postgres.pool import Connection
from app.use_cases.sweep_credentials import SweepCredentials
from domain.ids import CredentialId, OrganisationId
from domain.ports import SecretKind, SecretPath
from domain.secret import Secret
from tests.support.domain_examples import an_id
from tests.support.postgres import behind
from tests.support.provider import StrictProvider
from tests.support.service import Caller, Service, a_setting, answered, refused

HOW_MANY = 10_000
WITH_A_SECRET = 1_000  # to write one for each would take longer than all the rest
TIME_PASSES = """
UPDATE credentials
SET expires_at = expires_at - interval '1 hour'
WHERE organisation_id = %s AND expires_at < now() + interval '1 hour'
"""
COPY = """
COPY credentials (id, organisation_id, name, type, secret_version, expires_at, created_at, updated_at) FROM STDIN
"""


async def sweep_all(service: Service) -> None:
    sweep: SweepCredentials = service.container.sweep_credentials()
    while await sweep():
        pass


async def in_vault(service: Service, organisation_id: str) -> list[str]:
    """The credentials of which anything is there, be it metadata alone."""
    path = f"{service.vault.mount}/metadata/{organisation_id}/credentials"
    _, answer = await service.vault.as_root("LIST", path)
    return list(answer["data"]["keys"]) if answer.get("data") else []


async def run(service: Service, statement: str, *parameters: Any) -> None:
    async with behind(service.container.pool()) as connection:
        await connection.execute(statement, parameters)


async def a_lasting_credential(caller: Caller) -> dict[str, Any]:
    body = {"name": "lasting", "type": "Raw", "data": {"raw": "YQ=="}, "expiresAt": "2099-01-01T00:00:00Z"}
    return answered(await caller.post("credentials", body), 201)


async def copy(connection: Connection, organisation_id: str, ids: list[CredentialId]) -> None:
    """Records that expire within the same minute."""
    now = datetime.now(UTC)
    async with connection.cursor() as cursor, cursor.copy(COPY) as rows:
        for number, credential_id in enumerate(ids):
            expires_at = now + timedelta(minutes=30, seconds=60 * number / len(ids))
            await rows.write_row((credential_id, organisation_id, "short-lived", "Raw", 1, expires_at, now, now))


async def test_ten_thousand_that_expire_in_the_same_minute(service: Service, acme: Caller) -> None:
    lasting, others = await a_lasting_credential(acme), [an_id(CredentialId) for _ in range(HOW_MANY)]
    organisation_id = OrganisationId(acme.organisation_id)
    secrets = service.container.secrets()
    paths = [SecretPath(organisation_id, SecretKind.CREDENTIAL, each) for each in others[:: HOW_MANY // WITH_A_SECRET]]
    limit = asyncio.Semaphore(32)

    async def write(path: SecretPath) -> None:
        async with limit:
            await secrets.write(path, {"raw": Secret("YQ==")}, version=0)

    await asyncio.gather(*map(write, paths))
    async with behind(service.container.pool()) as connection:
        await copy(connection, organisation_id, others)
    assert answered(await acme.get("credentials"))["totalCount"] == HOW_MANY + 1

    await run(service, TIME_PASSES, organisation_id)

    page = answered(await acme.get("credentials"))
    assert (page["totalCount"], page["items"]) == (1, [lasting])
    refused(await acme.get(f"credentials/{paths[0].id}"), 404, "not_found")
    await asyncio.gather(*(sweep_all(service) for _ in range(2)))
    assert await in_vault(service, organisation_id) == [lasting["id"]]
    async with behind(service.container.pool()) as connection:
        rows = await (await connection.execute("SELECT id FROM credentials")).fetchall()
    assert [row["id"] for row in rows] == [lasting["id"]]
    assert answered(await acme.get(f"credentials/{lasting['id']}")) == lasting
    assert await service.container.sweep_credentials().seconds_late() == 0


async def test_a_connection_whose_only_token_expired_needs_reauthorization(
    service: Service, provider: StrictProvider
) -> None:
    async with a_setting(service, provider, relay=True) as setting:
        caller = setting.caller
        connection_id = await setting.connection(omit_refresh_token=True, access_token_lifetime_seconds=1800)
        before = answered(await caller.get(f"connections/{connection_id}"))
        credential = f"credentials/{before['credentialId']}"
        assert answered(await caller.get(credential))["type"] == "Raw"
        await run(service, TIME_PASSES, caller.organisation_id)
        refused(await caller.get(credential), 404, "not_found")
        await sweep_all(service)
        after = answered(await caller.get(f"connections/{connection_id}"))
        assert (after["status"], after["statusReason"]) == ("needs_reauthorization", "token_expired")
        assert await in_vault(service, caller.organisation_id) == []
        refused(await caller.get(credential), 404, "not_found")
        refused(await caller.token(connection_id), 409, "needs_reauthorization")
