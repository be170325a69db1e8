"""Flows that were claimed and not finished in time are looked for, and each is one looker's at a time."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"

# CASE, not COALESCE: an index serves only what cannot leak a row before its policy has judged it (revision 0009).
_OVERDUE = (
    "ALTER TABLE flows ADD COLUMN recovery_at timestamptz",
    """
    CREATE INDEX flows_overdue ON flows ((CASE WHEN recovery_at IS NULL THEN overdue_at ELSE recovery_at END))
    WHERE status = 'finishing'
    """,
    """
    CREATE POLICY overdue ON flows USING (
        current_setting('switchboard.reach', TRUE) = 'due'
        AND status = 'finishing'
        AND overdue_at <= statement_timestamp()
    )
    """,
)


def upgrade() -> None:
    for statement in _OVERDUE:
        op.execute(sa.DDL(statement.strip()))  # type: ignore[no-untyped-call]
