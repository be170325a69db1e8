from typing import Any

import attrs

from adapters.postgres.pool import Pool, Row
from adapters.postgres.tenancy import ask
from domain.connections import Connection
from domain.oauth.client import OAuthClient
from domain.refreshes import INCIDENT_WINDOW_SECONDS, Illness, Tally

_REFUSED = """
INSERT INTO app_incidents AS incident (
    organisation_id, app_id, auth_type, client_id, window_from, refused, renewed
)
VALUES (%(organisation_id)s, %(app_id)s, %(auth_type)s, %(client_id)s, clock_timestamp(), 1, 0)
ON CONFLICT (organisation_id, app_id, auth_type, client_id) DO UPDATE
SET (window_from, refused, renewed) = (
    SELECT
        CASE WHEN is_open THEN incident.window_from ELSE clock_timestamp() END,
        CASE WHEN is_open THEN incident.refused + 1 ELSE 1 END,
        CASE WHEN is_open THEN incident.renewed ELSE 0 END
    FROM (
        SELECT incident.window_from > clock_timestamp() - make_interval(secs => %(window_seconds)s) AS is_open
    ) AS counting
)
RETURNING refused, renewed
"""

_OPEN = """
INSERT INTO app_incidents (
    organisation_id, app_id, auth_type, client_id, window_from, refused, renewed, illness, rests_until
)
VALUES (
    %(organisation_id)s, %(app_id)s, %(auth_type)s, %(client_id)s, clock_timestamp(), 0, 0, %(illness)s,
    clock_timestamp() + make_interval(secs => %(seconds)s)
)
ON CONFLICT (organisation_id, app_id, auth_type, client_id) DO UPDATE
SET illness = excluded.illness, rests_until = excluded.rests_until
"""

_PROBE = """
UPDATE app_incidents
SET rests_until = clock_timestamp() + make_interval(secs => %(seconds)s)
WHERE
    organisation_id = %(organisation_id)s
    AND app_id = %(app_id)s
    AND auth_type = %(auth_type)s
    AND client_id = %(client_id)s
    AND rests_until <= clock_timestamp()
RETURNING app_id
"""

_RESTING = """
SELECT greatest(extract(epoch FROM rests_until - clock_timestamp()), 0)::float8 AS seconds
FROM app_incidents
WHERE
    organisation_id = %(organisation_id)s
    AND app_id = %(app_id)s
    AND auth_type = %(auth_type)s
    AND client_id = %(client_id)s
    AND illness IS NOT NULL
"""

_CLOSE = """
DELETE FROM app_incidents
WHERE
    organisation_id = %(organisation_id)s
    AND app_id = %(app_id)s
    AND auth_type = %(auth_type)s
    AND client_id = %(client_id)s
"""


@attrs.frozen
class PostgresAppIncidents:
    """An AppIncidents."""

    pool: Pool

    async def refused(self, connection: Connection) -> Tally:
        [row] = await self._rows(connection, _REFUSED, window_seconds=INCIDENT_WINDOW_SECONDS)
        return Tally(refused=row["refused"], renewed=row["renewed"])

    async def open(self, connection: Connection, illness: Illness, *, seconds: float) -> None:
        await self._rows(connection, _OPEN, illness=illness, seconds=seconds)

    async def probe(self, connection: Connection, *, seconds: float) -> float | None:
        if await self._rows(connection, _PROBE, seconds=seconds):
            return None
        rows = await self._rows(connection, _RESTING)
        return float(rows[0]["seconds"]) if rows else None

    async def close(self, connection: Connection) -> None:
        await self._rows(connection, _CLOSE)

    async def _rows(self, connection: Connection, statement: str, **parameters: Any) -> list[Row]:
        of = {
            "organisation_id": connection.organisation_id,
            "app_id": connection.app_id,
            "auth_type": connection.auth_type,
            "client_id": connection.made_with.client_id if isinstance(connection.made_with, OAuthClient) else "",
        }
        return list((await ask(self.pool, connection.organisation_id, statement, of | parameters)).rows)
