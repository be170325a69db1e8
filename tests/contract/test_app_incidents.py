from datetime import timedelta

from domain.access import Organisation
from domain.apps import App
from domain.connections import Connection
from domain.ports import AppIncidents
from domain.refreshes import INCIDENT_WINDOW_SECONDS, Illness, Tally
from tests.contract.connecting import connect
from tests.contract.leasing import refreshed, taken
from tests.contract.stores import Stores, Time
from tests.support.domain_examples import an_app

REST = 15.0


async def test_refusals_and_renewals_are_counted_within_the_window(
    stores: Stores, organisation: Organisation, app: App
) -> None:
    first, second = [await connect(stores, organisation, app) for _ in range(2)]
    await refreshed(stores.leases, first, version=2)  # before the window: not counted
    assert await stores.incidents.refused(first) == Tally(refused=1, renewed=0)
    await refreshed(stores.leases, second, version=2)
    assert await stores.incidents.refused(second) == Tally(refused=2, renewed=1)
    await stores.time.passes(timedelta(seconds=INCIDENT_WINDOW_SECONDS + 1))
    assert await stores.incidents.refused(first) == Tally(refused=1, renewed=0)


async def test_each_client_is_counted_for_itself(
    stores: Stores, other_organisation: Organisation, connection: Connection
) -> None:
    await stores.incidents.refused(connection)
    await stores.apps.add(other_app := an_app(other_organisation))
    other = await connect(stores, other_organisation, other_app)
    assert await stores.incidents.refused(other) == Tally(refused=1, renewed=0)


async def test_c45_an_incident_is_seen_with_every_lease_of_the_client(
    stores: Stores, organisation: Organisation, app: App
) -> None:
    first, second = [await connect(stores, organisation, app) for _ in range(2)]
    await stores.incidents.open(first, Illness.CLIENT_REFUSED, seconds=REST)
    assert (await taken(stores.leases, second)).illness is Illness.CLIENT_REFUSED
    await stores.incidents.close(first)
    assert (await taken(stores.leases, first)).illness is None


async def test_c46_once_it_has_rested_one_tries(incidents: AppIncidents, connection: Connection, time: Time) -> None:
    await incidents.open(connection, Illness.MASS_INVALID_GRANT, seconds=REST)
    resting = await incidents.probe(connection, seconds=REST)
    assert resting is not None
    assert 0 < resting <= REST
    await time.passes(timedelta(seconds=REST + 1))
    assert await incidents.probe(connection, seconds=REST) is None
    assert await incidents.probe(connection, seconds=REST) is not None


async def test_without_an_incident_everybody_may(incidents: AppIncidents, connection: Connection) -> None:
    assert await incidents.probe(connection, seconds=REST) is None
    await incidents.refused(connection)
    assert await incidents.probe(connection, seconds=REST) is None
    for _ in range(2):
        await incidents.close(connection)
