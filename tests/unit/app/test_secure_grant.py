"""A grant on its way into two stores: which one counts, and what is left of the other."""

import asyncio
from collections.abc import Sequence

import attrs
import pytest

from adapters.memory.sealer import MemorySealer
from adapters.memory.secrets import MemorySecretStore
from app.use_cases.in_flight import InFlight
from app.use_cases.read_grant import path_of
from app.use_cases.secure_grant import RivalGrant, Secured, SecureGrant
from domain.connections import Connection
from domain.ports import SealedGrant, SealedGrantTaken, SecretStoreUnavailable, SetAside
from domain.secret import Secret
from domain.tokens import TokenGrant
from tests.contract.connecting import connect
from tests.contract.stores import Stores, memory_stores
from tests.support.domain_examples import a_grant, an_app, an_organisation
from tests.support.faulty import FaultySealedGrants, FaultySecrets

AT_ONCE = 0.0
"""For how long Vault is waited for alone: nothing here depends on 50 ms."""
SOON = 0.05
"""For how long a caller waits that is to wait in vain."""


class Notes:
    """An EventLog."""

    def __init__(self) -> None:
        self.events: list[str] = []

    def note(self, event: str, **fields: str) -> None:
        self.events.append(" ".join((event, *(fields[name] for name in fields if name == "reason"))))


@attrs.frozen
class World:
    """A connection whose grant is at version 1, and both stores with their faults."""

    stores: Stores
    connection: Connection
    secrets: FaultySecrets
    sealed: FaultySealedGrants
    secure: SecureGrant
    notes: Notes

    async def secures(self, grant: TokenGrant, *, seconds: float | None = None) -> Secured:
        return await self.secure(path_of(self.connection), grant, version=1, seconds=seconds)

    async def sealed_ones(self) -> Sequence[SealedGrant]:
        return await self.stores.sealed_grants.of(path_of(self.connection))

    async def settled(self) -> None:
        await self.secure.in_flight.drain(seconds=30)

    async def in_vault(self) -> Secret | None:
        return (await self.secrets.beneath.read(path_of(self.connection))).document.get("attempt")


@pytest.fixture
async def world() -> World:
    stores, notes = memory_stores(), Notes()
    await stores.organisations.add(organisation := an_organisation())
    await stores.apps.add(app := an_app(organisation))
    connection = await connect(stores, organisation, app, secret_version=1)
    secrets, sealed = FaultySecrets(MemorySecretStore()), FaultySealedGrants(stores.sealed_grants)
    await secrets.write(path_of(connection), a_grant().to_document(), version=0)
    secure = SecureGrant(
        secrets=secrets,
        sealed=sealed,
        sealer=MemorySealer(),
        in_flight=InFlight(),
        events=notes,
        seconds_alone=AT_ONCE,
    )
    return World(stores, connection, secrets, sealed, secure, notes)


async def test_what_vault_takes_is_not_sealed(world: World) -> None:
    world = attrs.evolve(world, secure=attrs.evolve(world.secure, seconds_alone=30))
    assert await world.secures(grant := a_grant()) == Secured(version=2, sealed=False)
    await world.settled()
    assert await world.in_vault() == Secret(grant.attempt)
    assert world.notes.events == []


async def test_what_vault_does_not_take_is_sealed_in_the_version_that_it_will_have(world: World) -> None:
    world.secrets.refuses_documents = True
    assert await world.secures(grant := a_grant()) == Secured(version=2, sealed=True)
    await world.settled()
    [sealed] = await world.sealed_ones()
    assert (sealed.version, sealed.attempt) == (2, grant.attempt)
    assert await world.secure.sealer.open(sealed) == grant.to_document()
    assert await world.stores.sealed_grants.take(sealed, seconds=1)


async def test_while_vault_may_still_take_it_nobody_else_writes_it(world: World) -> None:
    world.secrets.holds = asyncio.Event()
    assert (await world.secures(a_grant())).sealed
    [sealed] = await world.sealed_ones()
    with pytest.raises(SealedGrantTaken):
        await world.stores.sealed_grants.take(sealed, seconds=1)
    world.secrets.holds.set()
    await world.settled()
    assert await world.sealed_ones() == []
    assert await world.in_vault() == Secret(sealed.attempt)


async def test_what_neither_takes_is_not_told_to_be_there_and_tried_on(world: World) -> None:
    world.secrets.refuses_documents = world.sealed.refuses = True
    with pytest.raises(SecretStoreUnavailable):
        await world.secures(grant := a_grant(), seconds=SOON)
    world.secrets.refuses_documents = False
    await world.settled()
    assert await world.in_vault() == Secret(grant.attempt)


async def test_a_caller_that_goes_away_takes_nothing_along(world: World) -> None:
    world.secrets.refuses_documents = world.sealed.refuses = True
    caller = asyncio.create_task(world.secures(grant := a_grant()))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(SOON):
            await asyncio.shield(caller)
    caller.cancel()
    await asyncio.wait({caller})
    world.sealed.refuses = False
    await world.settled()
    assert [sealed.attempt for sealed in await world.sealed_ones()] == [grant.attempt]


async def test_what_belongs_to_nothing_any_more_is_not_sealed(world: World) -> None:
    await world.stores.connection_records.begin_deleting(world.connection.organisation_id, world.connection.id)
    world.secrets.refuses_documents = True
    with pytest.raises(SecretStoreUnavailable):
        await world.secures(a_grant(), seconds=SOON)
    assert await world.sealed_ones() == []
    await world.secrets.destroy(path_of(world.connection))
    world.secrets.refuses_documents = False
    await world.settled()
    assert await world.sealed_ones() == []


async def test_a_rivals_grant_is_not_replaced_and_ours_is_kept_for_a_person_to_look_at(world: World) -> None:
    rival = a_grant()
    await world.secrets.write(path_of(world.connection), rival.to_document(), version=1)
    with pytest.raises(RivalGrant):
        await world.secures(grant := a_grant())
    await world.settled()
    assert await world.in_vault() == Secret(rival.attempt)
    assert [(sealed.attempt, sealed.set_aside) for sealed in await world.sealed_ones()] == [
        (grant.attempt, SetAside.SUPERSEDED)
    ]
    assert "sealed_grant_set_aside superseded" in world.notes.events


async def test_a_write_that_had_landed_unheard_is_ours(world: World) -> None:
    world.secrets.loses_answers = 1
    world = attrs.evolve(world, secure=attrs.evolve(world.secure, seconds_alone=30))
    assert await world.secures(a_grant()) == Secured(version=2, sealed=False)
