"""Connections made from a form, by every auth type; connections that are being deleted.

What a connection was made with is a client (a code grant's) or a config.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_CONNECTIONS = """
ALTER TABLE connections RENAME COLUMN client TO made_with;
UPDATE connections SET made_with = jsonb_build_object('client', made_with);
ALTER TABLE connections
    DROP CONSTRAINT connections_auth_type_check,
    ADD CONSTRAINT connections_auth_type_check
        CHECK (auth_type IN ('oauth2', 'oidc', 'apikey', 'httpBasicAuth', 'jwtbearer', 'httprefresh')),
    DROP CONSTRAINT connections_status_check,
    ADD CONSTRAINT connections_status_check CHECK (status IN ('active', 'needs_reauthorization', 'deleting'));
CREATE INDEX connections_deleting ON connections (updated_at) WHERE status = 'deleting';
"""


def upgrade() -> None:
    for statement in filter(str.strip, _CONNECTIONS.split(";")):
        # Not as text, in which Alembic takes `:name` for a parameter.
        op.execute(sa.DDL(statement.strip()))  # type: ignore[no-untyped-call]
