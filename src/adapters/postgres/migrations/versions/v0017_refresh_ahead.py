"""When a connection's token is to be renewed though nobody asks, and when its grant ends.

What is there already gets both with its next refresh.
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"

_CONNECTIONS = """
ALTER TABLE connections ADD COLUMN refresh_due_at timestamptz, ADD COLUMN grant_expires_at timestamptz;
CREATE INDEX connections_refresh_due ON connections (refresh_due_at)
    WHERE status = 'active' AND refresh_due_at IS NOT NULL;
CREATE INDEX connections_grant_ends ON connections (grant_expires_at)
    WHERE status = 'active' AND grant_expires_at IS NOT NULL;
CREATE POLICY refresh_due ON connections
    USING (current_setting('switchboard.reach', TRUE) = 'due' AND status = 'active' AND refresh_due_at IS NOT NULL);
"""


def upgrade() -> None:
    for statement in filter(str.strip, _CONNECTIONS.split(";")):
        op.execute(sa.DDL(statement.strip()))  # type: ignore[no-untyped-call]
