"""Credentials that no connection owns: terms that are announced before they hold, and when a record is to go.

An expired credential of a connection goes too, so the connection's reference to it is no foreign key any more.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_CREDENTIALS = """
ALTER TABLE connections DROP CONSTRAINT connections_organisation_id_credential_id_fkey;
ALTER TABLE credentials
    ALTER COLUMN connection_id DROP NOT NULL,
    ALTER COLUMN name TYPE text COLLATE "C",
    DROP CONSTRAINT credentials_type_check,
    ADD CONSTRAINT credentials_type_check CHECK (type IN ('Default', 'Raw', 'BasicAuth', 'OAuth2Refresh')),
    ADD FOREIGN KEY (organisation_id) REFERENCES organisations,
    ADD COLUMN redact_fields text[] NOT NULL DEFAULT '{}',
    ADD COLUMN secret_version bigint CHECK (secret_version >= 0),
    ADD COLUMN next_terms jsonb,
    ADD COLUMN next_version bigint,
    ADD COLUMN next_until timestamptz,
    ADD COLUMN removing boolean NOT NULL DEFAULT FALSE,
    ADD COLUMN removal_at timestamptz,
    ADD CONSTRAINT owned_or_versioned CHECK ((connection_id IS NULL) = (secret_version IS NOT NULL)),
    ADD CONSTRAINT announced_whole CHECK (
        (next_terms IS NULL) = (next_version IS NULL) AND (next_terms IS NULL) = (next_until IS NULL)
    ),
    ADD CONSTRAINT removed_at_some_time CHECK (NOT removing OR removal_at IS NOT NULL);
CREATE INDEX credentials_by_name ON credentials (organisation_id, name, id);
CREATE INDEX credentials_by_name_latest_first ON credentials (organisation_id, name, id DESC);
CREATE INDEX credentials_by_created_at ON credentials (organisation_id, created_at, id);
CREATE INDEX credentials_by_updated_at ON credentials (organisation_id, updated_at, id);
CREATE INDEX credentials_due ON credentials ((COALESCE(removal_at, expires_at)))
    WHERE COALESCE(removal_at, expires_at) IS NOT NULL;
CREATE INDEX credentials_unsettled ON credentials (next_until) WHERE next_until IS NOT NULL;
CREATE INDEX flows_over ON flows ((COALESCE(ended_at, expires_at))) WHERE status <> 'finishing';
"""


def upgrade() -> None:
    for statement in filter(str.strip, _CREDENTIALS.split(";")):
        # Not as text, in which Alembic takes `:name` for a parameter.
        op.execute(sa.DDL(statement.strip()))  # type: ignore[no-untyped-call]
