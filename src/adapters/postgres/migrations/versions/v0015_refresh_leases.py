"""Leases of refreshes, with what was sent; and what is wrong with an app's client.

A lease's row stays between refreshes, and no index has to follow its changes: they stay within their page.
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

_LEASES = """
CREATE TABLE refresh_leases (
    connection_id ulid PRIMARY KEY,
    organisation_id text COLLATE "C" NOT NULL,
    fence bigint NOT NULL CHECK (fence > 0),
    held_until timestamptz,
    token_fingerprint sha256_hex,
    token_version bigint,
    sent integer NOT NULL DEFAULT 0 CHECK (sent >= 0),
    failures integer NOT NULL DEFAULT 0 CHECK (failures >= 0),
    not_before timestamptz,
    CHECK ((token_fingerprint IS NULL) = (token_version IS NULL)),
    FOREIGN KEY (organisation_id, connection_id) REFERENCES connections (organisation_id, id) ON DELETE CASCADE
) WITH (fillfactor = 70);
"""

_INCIDENTS = """
CREATE TABLE app_incidents (
    organisation_id text COLLATE "C" NOT NULL REFERENCES organisations ON DELETE CASCADE,
    app_id ulid NOT NULL,
    auth_type text NOT NULL,
    client_id text NOT NULL,
    window_from timestamptz NOT NULL,
    refused integer NOT NULL CHECK (refused >= 0),
    renewed integer NOT NULL CHECK (renewed >= 0),
    illness text CHECK (illness IN ('client_refused', 'mass_invalid_grant')),
    rests_until timestamptz,
    CHECK ((illness IS NULL) = (rests_until IS NULL)),
    PRIMARY KEY (organisation_id, app_id, auth_type, client_id)
);
"""

_HELD = """
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
CREATE POLICY of_organisation ON {table}
    USING (organisation_id = current_setting('switchboard.organisation_id', TRUE))
    WITH CHECK (organisation_id = current_setting('switchboard.organisation_id', TRUE));
"""


def upgrade() -> None:
    held = "".join(_HELD.format(table=table) for table in ("refresh_leases", "app_incidents"))
    for statement in filter(str.strip, (_LEASES + _INCIDENTS + held).split(";")):
        op.execute(sa.DDL(statement.strip()))  # type: ignore[no-untyped-call]
