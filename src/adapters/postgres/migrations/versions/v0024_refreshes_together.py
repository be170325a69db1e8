"""A transaction may be for several organisations, where it says so: for refreshes of many, recorded as one."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"

_TABLES = (
    "app_incidents",
    "connection_counts",
    "connections",
    "credentials",
    "flows",
    "refresh_leases",
    "sealed_grants",
)
_HELD = """
CREATE POLICY of_organisations ON {table}
    USING (organisation_id = ANY (string_to_array(current_setting('switchboard.organisation_ids', TRUE), ',')))
"""


def upgrade() -> None:
    for table in _TABLES:
        op.execute(sa.DDL(_HELD.format(table=table)))  # type: ignore[no-untyped-call]
