from datetime import datetime, timedelta
from typing import TypeAlias

import attrs

from domain.auth_configs import AuthType
from domain.connections import Connection
from domain.ids import AppId, OrganisationId
from domain.oauth.client import OAuthClient
from domain.ports import Clock
from domain.refreshes import INCIDENT_WINDOW_SECONDS, Illness, Tally

_Client: TypeAlias = tuple[OrganisationId, AppId, AuthType, str]


@attrs.define
class _Incident:
    window_from: datetime
    refused: int = 0
    renewed: int = 0
    illness: Illness | None = None
    rests_until: datetime | None = None


@attrs.frozen
class MemoryAppIncidents:
    """An AppIncidents, by this clock."""

    clock: Clock
    _incidents: dict[_Client, _Incident] = attrs.field(factory=dict, init=False)

    def illness_of(self, connection: Connection) -> Illness | None:
        incident = self._incidents.get(_client(connection))
        return None if incident is None else incident.illness

    def renewed(self, connection: Connection) -> None:
        incident = self._incidents.get(_client(connection))
        if incident is not None and self._is_open(incident):
            incident.renewed += 1

    async def refused(self, connection: Connection) -> Tally:
        incident = self._of(connection)
        if not self._is_open(incident):
            incident.window_from, incident.refused, incident.renewed = self.clock.now(), 0, 0
        incident.refused += 1
        return Tally(refused=incident.refused, renewed=incident.renewed)

    async def open(self, connection: Connection, illness: Illness, *, seconds: float) -> None:
        incident = self._of(connection)
        incident.illness, incident.rests_until = illness, self.clock.now() + timedelta(seconds=seconds)

    async def probe(self, connection: Connection, *, seconds: float) -> float | None:
        incident, now = self._incidents.get(_client(connection)), self.clock.now()
        if incident is None or incident.rests_until is None:
            return None
        if incident.rests_until > now:
            return (incident.rests_until - now).total_seconds()
        incident.rests_until = now + timedelta(seconds=seconds)
        return None

    async def close(self, connection: Connection) -> None:
        self._incidents.pop(_client(connection), None)

    def _of(self, connection: Connection) -> _Incident:
        return self._incidents.setdefault(_client(connection), _Incident(self.clock.now()))

    def _is_open(self, incident: _Incident) -> bool:
        return incident.window_from > self.clock.now() - timedelta(seconds=INCIDENT_WINDOW_SECONDS)


def _client(connection: Connection) -> _Client:
    made_with = connection.made_with
    client_id = made_with.client_id if isinstance(made_with, OAuthClient) else ""
    return connection.organisation_id, connection.app_id, connection.auth_type, client_id
