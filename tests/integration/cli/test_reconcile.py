"""Secrets without records and records without secrets, between a real Vault and a real Postgres."""

from collections.abc import Sequence
from datetime import timedelta

import attrs

from adapters.postgres.secret_ledger import PostgresSecretLedger
from app.use_cases.reconcile_secrets import RecordWithoutSecret
from domain.ids import AppId, ConnectionId, OrganisationId
from domain.ports import ExpectedSecret, SecretKind, SecretPath
from tests.integration.cli.reconciling import Stores, credential, orphans
from tests.integration.http.test_credentials import kept
from tests.support.postgres import behind
from tests.support.sealing import path_of, settled
from tests.support.service import Setting, answered

STRAY = "01JDF3N3E3ZQ8S1V5W6X7Y8Z9A"
ANOTHER = "01JDF3N3E3ZQ8S1V5W6X7Y8Z9B"


@attrs.frozen
class LateLedger(PostgresSecretLedger):
    """One that has heard of no secret when it is first asked of it."""

    _asked: set[SecretPath] = attrs.field(factory=set)

    async def unaccounted(
        self, organisation_id: OrganisationId, kind: SecretKind, paths: Sequence[SecretPath]
    ) -> Sequence[SecretPath]:
        if self._asked.issuperset(paths):
            return await PostgresSecretLedger.unaccounted(self, organisation_id, kind, paths)
        self._asked.update(paths)
        return paths


async def connection_of(relay: Setting) -> tuple[str, SecretPath]:
    """A live connection, and where its grant is."""
    connection_id = await relay.connection()
    connection = answered(await relay.caller.get(f"connections/{connection_id}"))
    return connection_id, credential(relay.caller.organisation_id, connection["credentialId"])


async def test_an_orphan_is_found_kept_in_a_dry_run_and_destroyed_with_apply(stores: Stores, relay: Setting) -> None:
    path = credential(relay.caller.organisation_id, STRAY)
    of_app = SecretPath(OrganisationId(relay.caller.organisation_id), SecretKind.APP, AppId(ANOTHER))
    await stores.keep(path)
    await stores.keep(of_app)
    assert orphans(await stores.found()) == [(of_app, False), (path, False)]
    assert (await stores.has(path), await stores.has(of_app)) == (True, True)
    assert orphans(await stores.found(apply=True)) == [(of_app, True), (path, True)]
    assert (await stores.has(path), await stores.has(of_app)) == (False, False)
    assert await stores.found(apply=True) == []


async def test_a_young_secret_is_left(stores: Stores, relay: Setting) -> None:
    path = credential(relay.caller.organisation_id, STRAY)
    await stores.keep(path)
    assert await stores.found(age=timedelta(hours=1), apply=True) == []
    assert await stores.has(path)


async def test_secrets_of_an_organisation_that_is_not_there_are_orphans(stores: Stores) -> None:
    path = credential("long-gone", STRAY)
    async with stores.service.caller():  # in another
        pass
    await stores.keep(path)
    assert orphans(await stores.found(apply=True)) == [(path, True)]
    assert not await stores.has(path)


async def test_what_a_flow_has_been_allotted_is_left(stores: Stores, relay: Setting) -> None:
    started, _ = await relay.relayed()
    path = await path_of(stores.service, started["flowId"])
    await stores.keep(path)
    assert await stores.found(apply=True) == []
    assert await stores.has(path)


async def test_what_lives_is_never_touched(stores: Stores, relay: Setting) -> None:
    connection_id, path = await connection_of(relay)
    own = await kept(relay.caller)
    await stores.keep(credential(relay.caller.organisation_id, STRAY))
    assert orphans(await stores.found(apply=True)) == [(credential(relay.caller.organisation_id, STRAY), True)]
    assert await stores.has(path)
    answered(await relay.caller.token(connection_id))
    answered(await relay.caller.get(f"credentials/{own['id']}"))
    await relay.connection()  # the app has its secret still


async def test_a_deleted_apps_secrets_are_left(stores: Stores, relay: Setting) -> None:
    await relay.connection()
    answered(await relay.caller.delete(f"apps/{relay.app['id']}"))
    assert await stores.found(apply=True) == []


async def test_a_record_that_comes_meanwhile_saves_its_secret(stores: Stores, relay: Setting) -> None:
    _, path = await connection_of(relay)
    assert await stores.found(apply=True, ledger=LateLedger(stores.service.container.pool())) == []
    assert await stores.has(path)


async def test_an_active_connection_without_its_secret_is_told_and_with_apply_marked(
    stores: Stores, relay: Setting
) -> None:
    connection_id, path = await connection_of(relay)
    await stores.lose(path)
    expected = ExpectedSecret(path, ConnectionId(connection_id))
    assert await stores.found() == [RecordWithoutSecret(expected, marked=False)]
    assert answered(await relay.caller.get(f"connections/{connection_id}"))["status"] == "active"
    assert await stores.found(apply=True) == [RecordWithoutSecret(expected, marked=True)]
    connection = answered(await relay.caller.get(f"connections/{connection_id}"))
    assert (connection["status"], connection["statusReason"]) == ("needs_reauthorization", "secret_missing")
    assert await stores.found(apply=True) == []


async def test_a_connection_that_is_being_refreshed_is_not_marked(stores: Stores, relay: Setting) -> None:
    connection_id, path = await connection_of(relay)
    await stores.lose(path)
    leases = stores.service.container.leases()
    await leases.take(path.organisation_id, ConnectionId(connection_id), seconds=600)
    expected = ExpectedSecret(path, ConnectionId(connection_id))
    assert await stores.found(apply=True) == [RecordWithoutSecret(expected, marked=False)]
    assert answered(await relay.caller.get(f"connections/{connection_id}"))["status"] == "active"


async def test_a_credential_and_an_app_without_their_secrets_are_told(stores: Stores, relay: Setting) -> None:
    own = credential(relay.caller.organisation_id, (await kept(relay.caller))["id"])
    app = SecretPath(own.organisation_id, SecretKind.APP, AppId(relay.app["id"]))
    await stores.lose(own)
    await stores.lose(app)
    expected = (ExpectedSecret(app, None), ExpectedSecret(own, None))
    assert await stores.found(apply=True) == [RecordWithoutSecret(one, marked=False) for one in expected]


async def test_a_grant_that_is_sealed_is_not_missing(stores: Stores, relay: Setting) -> None:
    _, path = await connection_of(relay)
    await stores.lose(path)
    async with behind(stores.service.container.pool()) as connection:
        await connection.execute(
            """
            INSERT INTO sealed_grants (
                attempt, organisation_id, credential_id, version, sealed_key, ciphertext, sealed_at, taken_until
            )
            VALUES (%s, %s, %s, 1, 'vault:v1:x', '', now(), now() + interval '1 h')
            """,
            [ANOTHER, path.organisation_id, path.id],
        )
    assert await stores.found() == []


async def test_a_revoked_connections_secret_is_not_missing(stores: Stores, relay: Setting) -> None:
    connection_id, path = await connection_of(relay)
    answered(await relay.caller.post(f"connections/{connection_id}/revoke"))
    await settled(stores.service)
    assert not await stores.has(path)
    assert await stores.found() == []
