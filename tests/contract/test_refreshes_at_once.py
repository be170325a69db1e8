"""What is done for many connections at once, of two organisations, is each one's own."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import pytest

from domain.access import Organisation
from domain.connections import Connection
from domain.errors import NotFound
from domain.ids import AttemptId, ConnectionId
from domain.ports import Lease, LeaseLost, SealedGrant, SecretKind, SecretPath
from domain.refreshes import Presented
from tests.contract.connecting import connect
from tests.contract.leasing import SECONDS, refreshed, taken
from tests.contract.stores import Stores
from tests.support.domain_examples import LONG_AGO, a_grant, an_app, an_id, an_organisation

NUMBER = 20


@pytest.fixture
async def connections(stores: Stores) -> Sequence[Connection]:
    connections = []
    for organisation in (an_organisation(), an_organisation()):
        await stores.organisations.add(organisation)
        await stores.apps.add(app := an_app(organisation))
        connections += [await connect(stores, organisation, app, secret_version=3) for _ in range(NUMBER // 2)]
    return connections


def _presented(number: int) -> Presented:
    return Presented(token_fingerprint=f"{number:064x}", secret_version=number)


async def test_leases_taken_journalled_and_recorded(stores: Stores, connections: Sequence[Connection]) -> None:
    leases = stores.leases
    first, *_ = connections
    again = await taken(leases, first)
    await leases.release(again)
    held = await asyncio.gather(*(taken(leases, connection) for connection in connections))
    assert [lease.connection for lease in held] == connections
    assert [lease.fence for lease in held] == [2] + [1] * (NUMBER - 1)
    sent = [leases.journal(lease, _presented(number), seconds=SECONDS) for number, lease in enumerate(held)]
    assert await asyncio.gather(*sent) == [1] * NUMBER
    moments = [LONG_AGO + timedelta(days=number) for number in range(NUMBER)]
    grants = [a_grant(expires_at=moment, scope=f"read {number}") for number, moment in enumerate(moments)]
    recorded = [
        leases.record(lease, grant, secret_version=4 + number)
        for number, (lease, grant) in enumerate(zip(held, grants, strict=True))
    ]
    assert all(await asyncio.gather(*recorded))
    for number, connection in enumerate(connections):
        found = await stores.connections.get(connection.organisation_id, connection.id)
        told = (found.token_expires_at, found.scopes, found.secret_version)
        assert told == (moments[number], ("read", f"{number}"), 4 + number)


async def test_one_that_was_overtaken_and_one_that_is_gone(stores: Stores, connections: Sequence[Connection]) -> None:
    leases = stores.leases
    overtaken, *others = await asyncio.gather(*(taken(leases, connection) for connection in connections))
    await refreshed_by_another(stores, overtaken)
    journals = [leases.journal(lease, _presented(1), seconds=SECONDS) for lease in (overtaken, *others)]
    answers = await asyncio.gather(*journals, return_exceptions=True)
    assert isinstance(answers[0], LeaseLost)
    assert answers[1:] == [1] * (NUMBER - 1)
    records = [leases.record(lease, a_grant(), secret_version=9) for lease in (overtaken, *others)]
    assert await asyncio.gather(*records) == [False] + [True] * (NUMBER - 1)
    unknown = (connections[0].organisation_id, an_id(ConnectionId))
    asked = [(connection.organisation_id, connection.id) for connection in connections]
    takings = [leases.take(*each, seconds=SECONDS) for each in (unknown, *asked)]
    found = await asyncio.gather(*takings, return_exceptions=True)
    assert isinstance(found[0], NotFound)
    assert all(isinstance(answer, Lease) for answer in found[1:])


async def refreshed_by_another(stores: Stores, lease: Lease) -> None:
    await stores.leases.release(lease)
    await refreshed(stores.leases, lease.connection, version=5)


async def test_grants_kept_found_and_removed(stores: Stores, connections: Sequence[Connection]) -> None:
    store = stores.sealed_grants
    kept = [_sealed(connection, number) for number, connection in enumerate(connections)]
    orphan = _sealed(connections[0], 0, path_of=an_organisation())
    answers = await asyncio.gather(
        *(store.add(each, seconds=SECONDS) for each in (orphan, *kept)), return_exceptions=True
    )
    assert isinstance(answers[0], NotFound)
    assert answers[1:] == [None] * NUMBER
    assert await asyncio.gather(*(store.of(each.path) for each in kept)) == [[each] for each in kept]
    assert await asyncio.gather(*(store.remove(each) for each in kept[1:])) == [True] * (NUMBER - 1)
    assert await asyncio.gather(*(store.of(each.path) for each in kept)) == [[kept[0]], *[[]] * (NUMBER - 1)]


def _sealed(connection: Connection, number: int, *, path_of: Organisation | None = None) -> SealedGrant:
    organisation_id = connection.organisation_id if path_of is None else path_of.id
    return SealedGrant(
        path=SecretPath(organisation_id, SecretKind.CREDENTIAL, connection.credential_id),
        version=4 + number,
        attempt=an_id(AttemptId),
        sealed_key=f"vault:v1:{number}",
        ciphertext=b"\x00\xff" + bytes([number]),
    )
