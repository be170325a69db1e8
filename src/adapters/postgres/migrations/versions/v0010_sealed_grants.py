"""Grants that Vault has not taken yet, sealed so that it alone opens them.

An attempt brings one grant, for one version at one path: it is its name. A row is taken while somebody writes its grant
to Vault, its own maker first.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

_SEALED_GRANTS = """
CREATE TABLE sealed_grants (
    attempt ulid PRIMARY KEY,
    organisation_id text COLLATE "C" NOT NULL REFERENCES organisations ON DELETE CASCADE,
    credential_id ulid NOT NULL,
    version bigint NOT NULL CHECK (version > 0),
    sealed_key text NOT NULL CHECK (sealed_key LIKE 'vault:v%'),
    ciphertext bytea NOT NULL,
    sealed_at timestamptz NOT NULL,
    taken_until timestamptz NOT NULL,
    set_aside text CHECK (set_aside IN ('unopened', 'superseded'))
);
CREATE INDEX sealed_grants_of_credential ON sealed_grants (organisation_id, credential_id, version);
CREATE INDEX sealed_grants_waiting ON sealed_grants (sealed_at) WHERE set_aside IS NULL;
ALTER TABLE sealed_grants ENABLE ROW LEVEL SECURITY;
ALTER TABLE sealed_grants FORCE ROW LEVEL SECURITY;
CREATE POLICY of_organisation ON sealed_grants
    USING (organisation_id = current_setting('switchboard.organisation_id', TRUE))
    WITH CHECK (organisation_id = current_setting('switchboard.organisation_id', TRUE));
CREATE POLICY due ON sealed_grants USING (current_setting('switchboard.reach', TRUE) = 'due');
"""


def upgrade() -> None:
    for statement in filter(str.strip, _SEALED_GRANTS.split(";")):
        # Doubled: to SQLAlchemy a single one is the beginning of a parameter.
        op.execute(sa.DDL(statement.strip().replace("%", "%%")))  # type: ignore[no-untyped-call]
