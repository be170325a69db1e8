"""What a key is narrowed to, keys that sign JWTs, and organisations that are being removed; all are lists too."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_API_KEYS = """
ALTER TABLE api_keys
    ALTER COLUMN name TYPE text COLLATE "C",
    ADD COLUMN only_apps text[],
    ADD COLUMN only_connections text[],
    ADD COLUMN only_end_users text[];
CREATE INDEX api_keys_by_id ON api_keys (organisation_id, id);
CREATE INDEX api_keys_by_name ON api_keys (organisation_id, name, id);
CREATE INDEX api_keys_by_created_at ON api_keys (organisation_id, created_at, id);
"""

# The public half alone: a private key has a member `d`, of whatever kind it is.
_SIGNING_KEYS = """
CREATE TABLE signing_keys (
    id ulid PRIMARY KEY,
    organisation_id text COLLATE "C" NOT NULL REFERENCES organisations,
    name text COLLATE "C" NOT NULL,
    algorithm text NOT NULL CHECK (algorithm IN ('RS256', 'ES256', 'EdDSA')),
    jwk jsonb NOT NULL CONSTRAINT public_half_alone CHECK (jsonb_typeof(jwk) = 'object' AND NOT jwk ? 'd'),
    created_at timestamptz NOT NULL
);
CREATE INDEX signing_keys_by_id ON signing_keys (organisation_id, id);
CREATE INDEX signing_keys_by_name ON signing_keys (organisation_id, name, id);
CREATE INDEX signing_keys_by_created_at ON signing_keys (organisation_id, created_at, id);
"""

_ORGANISATIONS = """
ALTER TABLE organisations
    ALTER COLUMN name TYPE text COLLATE "C",
    ADD COLUMN deleting_at timestamptz;
CREATE INDEX organisations_by_name ON organisations (name, id);
CREATE INDEX organisations_by_created_at ON organisations (created_at, id);
CREATE INDEX organisations_being_deleted ON organisations (deleting_at) WHERE deleting_at IS NOT NULL;
"""


def upgrade() -> None:
    for statements in (_API_KEYS, _SIGNING_KEYS, _ORGANISATIONS):
        for statement in filter(str.strip, statements.split(";")):
            # Not as text, in which Alembic takes `:name` for a parameter.
            op.execute(sa.DDL(statement.strip()))  # type: ignore[no-untyped-call]
