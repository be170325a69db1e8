"""Client secrets in memory: for a minute, a bounded number, each with the version that it is of."""

from datetime import timedelta

import attrs
import pytest

from adapters.memory.apps import MemoryAppStore
from adapters.memory.secrets import MemorySecretStore
from app.use_cases.client_secret import REMEMBERED_SECONDS, ClientSecret, ReadClientSecret
from app.use_cases.in_flight import InFlight
from app.use_cases.shared_looks import SharedLooks
from domain.apps import secret_name
from domain.auth_configs import AuthType
from domain.connections import Connection
from domain.ids import AppId, OrganisationId
from domain.ports import SecretKind, SecretPath, SecretStoreUnavailable
from domain.secret import Secret
from tests.contract.stores import StandingClock
from tests.support.domain_examples import a_connection, a_flow, an_app, an_id, an_organisation

ACME = OrganisationId("acme")


@attrs.frozen
class Apps:
    """Apps with a secret each, and who reads them."""

    store: MemorySecretStore = attrs.field(factory=MemorySecretStore)
    clock: StandingClock = attrs.field(factory=StandingClock)
    apps: MemoryAppStore = attrs.field(default=attrs.Factory(lambda self: MemoryAppStore(self.clock), takes_self=True))

    def reading(self) -> ReadClientSecret:
        return ReadClientSecret(self.store, self.clock, self.apps, SharedLooks(InFlight()))

    async def connected(self, value: str) -> Connection:
        """A connection of an app with this secret, which is recorded, too."""
        organisation = attrs.evolve(an_organisation(), id=ACME)
        await self.apps.add(app := an_app(organisation))
        await self.with_secret(value, app.id)
        return a_connection(a_flow(organisation, app))

    async def with_secret(self, value: str, app_id: AppId | None = None, *, version: int = 0) -> AppId:
        app_id = app_id or an_id(AppId)
        document = {secret_name(AuthType.OAUTH2): Secret(value)}
        await self.store.write(SecretPath(ACME, SecretKind.APP, app_id), document, version=version)
        return app_id


@pytest.fixture
def apps() -> Apps:
    return Apps()


async def test_what_was_read_is_remembered_with_its_version(apps: Apps) -> None:
    app_id, read = await apps.with_secret("first"), apps.reading()
    assert read.remembered(ACME, app_id, AuthType.OAUTH2) is None
    assert await read(ACME, app_id, AuthType.OAUTH2) == Secret("first")
    assert read.remembered(ACME, app_id, AuthType.OAUTH2) == ClientSecret(Secret("first"), 1)


async def test_a_public_client_is_remembered_as_one(apps: Apps) -> None:
    app_id, read = await apps.with_secret("of oauth2"), apps.reading()
    assert await read(ACME, app_id, AuthType.OIDC) is None
    assert read.remembered(ACME, app_id, AuthType.OIDC) == ClientSecret(None, 1)


async def test_reading_again_brings_the_newest_and_remembers_that(apps: Apps) -> None:
    app_id, read = await apps.with_secret("first"), apps.reading()
    await read(ACME, app_id, AuthType.OAUTH2)
    await apps.with_secret("second", app_id, version=1)
    assert await read(ACME, app_id, AuthType.OAUTH2) == Secret("second")
    assert read.remembered(ACME, app_id, AuthType.OAUTH2) == ClientSecret(Secret("second"), 2)


async def test_after_a_minute_nothing_is_remembered(apps: Apps) -> None:
    app_id, read = await apps.with_secret("first"), apps.reading()
    await read(ACME, app_id, AuthType.OAUTH2)
    await apps.clock.passes(timedelta(seconds=REMEMBERED_SECONDS - 1))
    assert read.remembered(ACME, app_id, AuthType.OAUTH2) is not None
    await apps.clock.passes(timedelta(seconds=1))
    assert read.remembered(ACME, app_id, AuthType.OAUTH2) is None


async def test_of_too_many_those_that_were_not_used_for_longest_are_forgotten(apps: Apps) -> None:
    read = apps.reading()
    ids = [await apps.with_secret("any") for _ in range(1001)]
    for app_id in ids[:1000]:
        await read(ACME, app_id, AuthType.OAUTH2)
    assert read.remembered(ACME, ids[0], AuthType.OAUTH2) is not None
    await read(ACME, ids[1000], AuthType.OAUTH2)
    assert read.remembered(ACME, ids[0], AuthType.OAUTH2) is not None
    assert read.remembered(ACME, ids[1], AuthType.OAUTH2) is None


async def test_a_connections_secret_is_remembered_while_it_is_the_newest_that_is_recorded(apps: Apps) -> None:
    connection, read = await apps.connected("first"), apps.reading()
    assert await read.of(connection) == Secret("first")
    await apps.store.destroy(SecretPath(ACME, SecretKind.APP, connection.app_id))
    assert await read.of(connection) == Secret("first")


async def test_a_connections_secret_is_read_again_once_a_newer_is_recorded(apps: Apps) -> None:
    connection, read = await apps.connected("first"), apps.reading()
    await read.of(connection)
    await apps.with_secret("second", connection.app_id, version=1)
    await apps.apps.replace(attrs.evolve(await apps.apps.get(ACME, connection.app_id), secrets_version=2))
    assert await read.of(connection) == Secret("second")
    assert await read.of(connection) == Secret("second")


async def test_a_connections_secret_is_read_again_where_nothing_tells_what_is_recorded(apps: Apps) -> None:
    connection = await apps.connected("first")
    read = attrs.evolve(apps, apps=MemoryAppStore(apps.clock)).reading()  # where the app is not there to be seen
    await read.of(connection)
    await apps.with_secret("second", connection.app_id, version=1)
    assert await read.of(connection) == Secret("second")


async def test_an_app_whose_secrets_are_gone_is_nobodys_fault_but_the_stores(apps: Apps) -> None:
    with pytest.raises(SecretStoreUnavailable):
        await apps.reading()(ACME, an_id(AppId), AuthType.OAUTH2)


async def test_no_memory_prints_a_secret(apps: Apps) -> None:
    app_id, read = await apps.with_secret("hush"), apps.reading()
    await read(ACME, app_id, AuthType.OAUTH2)
    assert "hush" not in repr(read)
    assert "hush" not in repr(read.remembered(ACME, app_id, AuthType.OAUTH2))
