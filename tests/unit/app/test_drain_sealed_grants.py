"""What waits sealed is brought into the secret store: each on its own, by one at a time, and nothing is overwritten."""

import asyncio
from collections.abc import Mapping, Sequence

import attrs
import pytest

from adapters.memory.sealer import MemorySealer
from adapters.memory.secrets import MemorySecretStore
from app.use_cases.all_secrets import SealedForGood
from app.use_cases.drain_sealed_grants import DrainOne, DrainSealedGrants, DrainWaiting
from app.use_cases.read_grant import path_of
from domain.connections import Connection
from domain.ports import (
    ConnectionRecords,
    SealedGrant,
    SealedGrantStore,
    SecretMissing,
    SecretPath,
    SecretStoreUnavailable,
    SetAside,
)
from domain.secret import Secret
from domain.tokens import TokenGrant
from tests.contract.connecting import connect
from tests.contract.stores import memory_stores
from tests.support.domain_examples import a_grant, an_app, an_organisation
from tests.support.faulty import FaultySecrets


class Quiet:
    """An EventLog."""

    def note(self, event: str, **fields: str) -> None:
        """Nobody listens."""


@attrs.frozen
class World:
    """Three connections, whose grants are at version 1; both stores; and the ways to drain."""

    connections: Sequence[Connection]
    secrets: FaultySecrets
    sealed: SealedGrantStore
    sealer: MemorySealer
    records: ConnectionRecords

    async def deleting(self, connection: Connection) -> None:
        await self.records.begin_deleting(connection.organisation_id, connection.id)

    @property
    def one(self) -> DrainOne:
        return DrainOne(secrets=self.secrets, sealed=self.sealed, sealer=self.sealer, events=Quiet())

    @property
    def path(self) -> SecretPath:
        return path_of(self.connections[0])

    async def drain(self, path: SecretPath) -> None:
        await DrainSealedGrants(sealed=self.sealed, drain=self.one)(path)

    async def job(self) -> bool:
        return await DrainWaiting(secrets=self.secrets, sealed=self.sealed, drain=self.one)()

    async def seal(self, connection: Connection, *, version: int = 2, seconds: float = 0) -> TokenGrant:
        grant, path = a_grant(), path_of(connection)
        sealed = self.sealer.seal(path, grant.to_document(), version=version, attempt=grant.attempt)
        await self.sealed.add(sealed, seconds=seconds)
        return grant

    async def stored(self, connection: Connection) -> Mapping[str, Secret]:
        return (await self.secrets.beneath.read(path_of(connection))).document


@pytest.fixture
async def world() -> World:
    stores = memory_stores()
    await stores.organisations.add(organisation := an_organisation())
    await stores.apps.add(app := an_app(organisation))
    connections = [await connect(stores, organisation, app, secret_version=1) for _ in range(3)]
    secrets = FaultySecrets(MemorySecretStore())
    for connection in connections:
        await secrets.write(path_of(connection), a_grant().to_document(), version=0)
    return World(connections, secrets, stores.sealed_grants, MemorySealer(), stores.connection_records)


async def test_everything_that_waits_is_stored_and_forgotten(world: World) -> None:
    grants = [await world.seal(connection) for connection in world.connections]
    assert not await world.job()
    assert [await world.stored(connection) for connection in world.connections] == [
        grant.to_document() for grant in grants
    ]
    assert (await world.sealed.backlog()).waiting == 0


async def test_one_that_never_opens_holds_up_no_other(world: World) -> None:
    poison = await world.seal(world.connections[0])
    world.sealer.forget(poison.attempt)
    grant = await world.seal(world.connections[1])
    await world.job()
    assert await world.stored(world.connections[1]) == grant.to_document()
    assert [sealed.set_aside for sealed in await world.sealed.of(world.path)] == [SetAside.UNOPENED]
    with pytest.raises(SealedForGood):
        await world.drain(world.path)


async def test_while_the_store_takes_no_writes_nothing_is_taken(world: World) -> None:
    await world.seal(world.connections[0])
    world.secrets.refuses = True
    with pytest.raises(SecretStoreUnavailable):
        await world.job()
    [sealed] = await world.sealed.of(world.path)
    assert await world.sealed.take(sealed, seconds=1)


async def test_what_the_store_did_not_take_is_anybodys_again_at_once(world: World) -> None:
    await world.seal(world.connections[0])
    world.secrets.refuses_documents = True
    for drain in (world.job(), world.drain(world.path)):
        with pytest.raises(SecretStoreUnavailable):
            await drain
    world.secrets.refuses_documents = False
    await world.drain(world.path)
    assert await world.sealed.of(world.path) == []


async def test_where_nothing_waits_the_store_is_not_asked(world: World) -> None:
    world.secrets.refuses = True
    assert not await world.job()
    await world.drain(world.path)


async def test_who_is_to_spend_waits_for_whoever_drains(world: World) -> None:
    grant = await world.seal(world.connections[0], seconds=3600)
    [sealed] = await world.sealed.of(world.path)
    waiting = asyncio.create_task(world.drain(world.path))
    await asyncio.sleep(0)
    assert not waiting.done()
    await world.one(sealed)
    await waiting
    assert await world.stored(world.connections[0]) == grant.to_document()


async def test_those_of_one_path_are_stored_in_their_order(world: World) -> None:
    await world.seal(world.connections[0])
    last = await world.seal(world.connections[0], version=3)
    await world.drain(world.path)
    assert await world.stored(world.connections[0]) == last.to_document()


async def test_another_grant_in_its_version_is_kept_and_one_that_came_after_ours_is_not_taken_for_it(
    world: World,
) -> None:
    ours, rival = await world.seal(world.connections[0]), a_grant()
    await world.secrets.write(world.path, rival.to_document(), version=1)
    await world.drain(world.path)
    assert await world.stored(world.connections[0]) == rival.to_document()
    [aside] = await world.sealed.of(world.path)
    assert (aside.attempt, aside.set_aside) == (ours.attempt, SetAside.SUPERSEDED)


async def test_a_store_that_was_emptied_meanwhile_is_not_filled_again(world: World) -> None:
    await world.seal(world.connections[0])
    await world.secrets.destroy(world.path)
    await world.drain(world.path)
    [aside] = await world.sealed.of(world.path)
    assert isinstance(aside, SealedGrant)
    assert aside.set_aside is SetAside.SUPERSEDED


async def test_a_node_that_is_behind_does_not_make_our_own_write_a_rival(world: World) -> None:
    await world.secrets.destroy(world.path)
    grant = await world.seal(world.connections[0], version=1)
    await world.secrets.write(world.path, grant.to_document(), version=0)
    world.secrets.behind = 1
    with pytest.raises(SecretStoreUnavailable):
        await world.drain(world.path)
    await world.drain(world.path)
    assert await world.sealed.of(world.path) == []


async def test_what_was_deleted_while_its_drainer_was_stopped_is_destroyed_again(world: World) -> None:
    await world.seal(world.connections[0])
    [sealed] = await world.sealed.of(world.path)
    connection = world.connections[0]
    await world.deleting(connection)
    await world.sealed.give_up(world.path)
    await world.one(sealed)
    with pytest.raises(SecretMissing):
        await world.stored(connection)
