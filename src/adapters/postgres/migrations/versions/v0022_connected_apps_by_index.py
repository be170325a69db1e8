"""Whether an app is connected is looked up by an index for each app: for a set, all connections were read before."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"

_POLICY = """
CREATE POLICY connected_ones ON apps FOR SELECT USING (
    current_setting('switchboard.reach', TRUE) = 'connected-apps'
    AND EXISTS (
        SELECT FROM connections
        WHERE organisation_id = current_setting('switchboard.organisation_id', TRUE) AND app_id = apps.id
    )
)
"""


def upgrade() -> None:
    op.execute(sa.DDL("DROP POLICY connected_ones ON apps"))  # type: ignore[no-untyped-call]
    op.execute(sa.DDL(_POLICY.strip()))  # type: ignore[no-untyped-call]
