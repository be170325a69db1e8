"""The state stores as one world, with a clock that a test can put forward."""

from datetime import UTC, datetime, timedelta
from typing import Protocol

import attrs

from adapters.memory.api_keys import MemoryApiKeyStore
from adapters.memory.apps import MemoryAppStore
from adapters.memory.connected_apps import MemoryConnectedAppStore
from adapters.memory.connection_records import MemoryConnectionRecords
from adapters.memory.connections import MemoryConnectionStore
from adapters.memory.credentials import MemoryCredentialStore
from adapters.memory.due_refreshes import MemoryDueRefreshes
from adapters.memory.ending_grants import MemoryEndingGrants
from adapters.memory.flows import MemoryFlowStore
from adapters.memory.incidents import MemoryAppIncidents
from adapters.memory.leases import MemoryRefreshLeases
from adapters.memory.organisations import MemoryOrganisationStore
from adapters.memory.sealed_grants import MemorySealedGrantStore
from adapters.memory.signing_keys import MemorySigningKeyStore
from adapters.postgres.api_keys import PostgresApiKeyStore
from adapters.postgres.apps import PostgresAppStore
from adapters.postgres.connected_apps import PostgresConnectedAppStore
from adapters.postgres.connection_records import PostgresConnectionRecords
from adapters.postgres.connections import PostgresConnectionStore
from adapters.postgres.credentials import PostgresCredentialStore
from adapters.postgres.due_refreshes import PostgresDueRefreshes
from adapters.postgres.ending_grants import PostgresEndingGrants
from adapters.postgres.flows import PostgresFlowStore
from adapters.postgres.incidents import PostgresAppIncidents
from adapters.postgres.leases import PostgresRefreshLeases
from adapters.postgres.organisations import PostgresOrganisationStore
from adapters.postgres.pool import Pool
from adapters.postgres.sealed_grants import PostgresSealedGrantStore
from adapters.postgres.signing_keys import PostgresSigningKeyStore
from domain.ports import (
    ApiKeyStore,
    AppIncidents,
    AppStore,
    Clock,
    ConnectedAppStore,
    ConnectionRecords,
    ConnectionStore,
    CredentialStore,
    DueRefreshes,
    EndingGrants,
    FlowStore,
    OrganisationStore,
    RefreshLeases,
    SealedGrantStore,
    SigningKeyStore,
)
from tests.support.postgres import behind

_AGE = """
UPDATE flows SET
    created_at = created_at - %(by)s, expires_at = expires_at - %(by)s,
    overdue_at = overdue_at - %(by)s, ended_at = ended_at - %(by)s, recovery_at = recovery_at - %(by)s;
UPDATE api_keys SET expires_at = expires_at - %(by)s;
UPDATE refresh_leases SET held_until = held_until - %(by)s, not_before = not_before - %(by)s;
UPDATE app_incidents SET window_from = window_from - %(by)s, rests_until = rests_until - %(by)s;
UPDATE connections SET updated_at = updated_at - %(by)s WHERE ending_since IS NOT NULL;
UPDATE connections SET refresh_due_at = refresh_due_at - %(by)s;
UPDATE sealed_grants SET sealed_at = sealed_at - %(by)s, taken_until = taken_until - %(by)s;
UPDATE credentials SET
    expires_at = expires_at - %(by)s, removal_at = removal_at - %(by)s, next_until = next_until - %(by)s;
"""


class Time(Protocol):
    async def passes(self, by: timedelta) -> None:
        """From now on it is that much later for the stores."""


class PassingClock(Clock, Time, Protocol):
    """The stores' clock and ours."""


@attrs.define
class StandingClock:
    """A Clock that tells the time of its making until it is put forward."""

    _now: datetime = attrs.field(factory=lambda: datetime.now(UTC), init=False)

    def now(self) -> datetime:
        return self._now

    async def passes(self, by: timedelta) -> None:
        self._now += by


@attrs.frozen
class RowsAge:
    """A server's clock is not ours to put forward: all that its rows will be judged by moves back instead."""

    pool: Pool

    async def passes(self, by: timedelta) -> None:
        async with behind(self.pool) as connection:
            for statement in filter(str.strip, _AGE.split(";")):
                await connection.execute(statement, {"by": by})


@attrs.frozen(kw_only=True)
class Stores:
    organisations: OrganisationStore
    api_keys: ApiKeyStore
    signing_keys: SigningKeyStore
    apps: AppStore
    flows: FlowStore
    connections: ConnectionStore
    credentials: CredentialStore
    connection_records: ConnectionRecords
    connected_apps: ConnectedAppStore
    sealed_grants: SealedGrantStore
    leases: RefreshLeases
    incidents: AppIncidents
    due_refreshes: DueRefreshes
    ending_grants: EndingGrants
    time: Time


def memory_stores(clock: PassingClock | None = None) -> Stores:
    """All on one clock, which stands still unless told."""
    clock = clock or StandingClock()
    organisations = MemoryOrganisationStore()
    connections = MemoryConnectionStore(clock)
    apps = MemoryAppStore(clock)
    incidents = MemoryAppIncidents(clock)
    credentials = MemoryCredentialStore(organisations, connections, clock)
    flows = MemoryFlowStore(clock, connections, credentials, apps)
    return Stores(
        organisations=organisations,
        api_keys=MemoryApiKeyStore(organisations, clock),
        signing_keys=MemorySigningKeyStore(organisations),
        apps=apps,
        flows=flows,
        connections=connections,
        credentials=credentials,
        connection_records=MemoryConnectionRecords(connections, credentials),
        connected_apps=MemoryConnectedAppStore(connections, apps),
        sealed_grants=MemorySealedGrantStore(flows, credentials, clock),
        leases=MemoryRefreshLeases(connections, incidents, clock),
        incidents=incidents,
        due_refreshes=MemoryDueRefreshes(connections, clock),
        ending_grants=MemoryEndingGrants(connections, clock),
        time=clock,
    )


def postgres_stores(pool: Pool) -> Stores:
    return Stores(
        organisations=PostgresOrganisationStore(pool),
        api_keys=PostgresApiKeyStore(pool),
        signing_keys=PostgresSigningKeyStore(pool),
        apps=PostgresAppStore(pool),
        flows=PostgresFlowStore(pool),
        connections=PostgresConnectionStore(pool),
        credentials=PostgresCredentialStore(pool),
        connection_records=PostgresConnectionRecords(pool),
        connected_apps=PostgresConnectedAppStore(pool),
        sealed_grants=PostgresSealedGrantStore(pool),
        leases=PostgresRefreshLeases(pool),
        incidents=PostgresAppIncidents(pool),
        due_refreshes=PostgresDueRefreshes(pool),
        ending_grants=PostgresEndingGrants(pool),
        time=RowsAge(pool),
    )
