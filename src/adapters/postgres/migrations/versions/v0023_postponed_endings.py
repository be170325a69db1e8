"""An end of a grant is not gone on with before its provider wants to be asked again (RFC 7009 §2.2.1)."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    op.add_column("connections", sa.Column("ending_not_before", sa.DateTime(timezone=True)))
