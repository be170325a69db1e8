"""The ports, each behind a fixture of its name, once for every adapter."""

import pytest

from adapters.postgres.pool import Pool
from domain.access import Organisation
from domain.apps import App
from domain.connections import Connection
from domain.ports import (
    ApiKeyStore,
    AppIncidents,
    AppStore,
    ConnectionStore,
    CredentialStore,
    FlowStore,
    OrganisationStore,
    RefreshLeases,
)
from tests.contract.connecting import connect
from tests.contract.flow_steps import LIFE, KeptFlow
from tests.contract.stores import Stores, Time, memory_stores, postgres_stores
from tests.support.domain_examples import a_flow, an_app, an_organisation


@pytest.fixture(params=["memory", "postgres"])
def stores(request: pytest.FixtureRequest) -> Stores:
    if request.param == "memory":
        return memory_stores()
    pool: Pool = request.getfixturevalue("postgres_pool")
    return postgres_stores(pool)


@pytest.fixture
def organisation_store(stores: Stores) -> OrganisationStore:
    return stores.organisations


@pytest.fixture
def api_key_store(stores: Stores) -> ApiKeyStore:
    return stores.api_keys


@pytest.fixture
def app_store(stores: Stores) -> AppStore:
    return stores.apps


@pytest.fixture
def flow_store(stores: Stores) -> FlowStore:
    return stores.flows


@pytest.fixture
def connection_store(stores: Stores) -> ConnectionStore:
    return stores.connections


@pytest.fixture
def credential_store(stores: Stores) -> CredentialStore:
    return stores.credentials


@pytest.fixture
def leases(stores: Stores) -> RefreshLeases:
    return stores.leases


@pytest.fixture
def incidents(stores: Stores) -> AppIncidents:
    return stores.incidents


@pytest.fixture
def time(stores: Stores) -> Time:
    return stores.time


@pytest.fixture
async def organisation(stores: Stores) -> Organisation:
    """One that the store knows."""
    await stores.organisations.add(organisation := an_organisation())
    return organisation


@pytest.fixture
async def other_organisation(stores: Stores) -> Organisation:
    await stores.organisations.add(organisation := an_organisation(name="Initech"))
    return organisation


@pytest.fixture
async def app(stores: Stores, organisation: Organisation) -> App:
    """One of the organisation's that the store knows."""
    await stores.apps.add(app := an_app(organisation))
    return app


@pytest.fixture
async def kept(flow_store: FlowStore, organisation: Organisation, app: App) -> KeptFlow:
    """A waiting flow."""
    flow = await flow_store.add(a_flow(organisation, app), seconds_to_live=LIFE.total_seconds())
    return KeptFlow(flow_store, flow)


@pytest.fixture
async def connection(stores: Stores, organisation: Organisation, app: App) -> Connection:
    """An active one, its grant at version 3."""
    return await connect(stores, organisation, app, secret_version=3)
