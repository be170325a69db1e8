"""When a grant ends: however often it is renewed, and unless it is renewed before.

What was told of the end of a refresh token counts as the former, until its next renewal shows.
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"

_CONNECTIONS = """
ALTER TABLE connections RENAME COLUMN grant_expires_at TO grant_final_at;
ALTER TABLE connections ADD COLUMN grant_idle_at timestamptz;
ALTER INDEX connections_grant_ends RENAME TO connections_grant_final;
CREATE INDEX connections_grant_idle ON connections (grant_idle_at)
    WHERE status = 'active' AND grant_idle_at IS NOT NULL;
CREATE POLICY grants_ending ON connections FOR SELECT
    USING (
        current_setting('switchboard.reach', TRUE) = 'ending'
        AND status = 'active'
        AND (grant_final_at IS NOT NULL OR grant_idle_at IS NOT NULL)
    )
"""


def upgrade() -> None:
    for statement in filter(str.strip, _CONNECTIONS.split(";")):
        op.execute(sa.DDL(statement.strip()))  # type: ignore[no-untyped-call]
