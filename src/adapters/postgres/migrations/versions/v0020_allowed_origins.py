"""Whether any app of an organisation allows an origin is asked before each call of a page: most apps allow none."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    index = (
        "CREATE INDEX apps_allowing_origins ON apps (organisation_id)"
        " WHERE deleted_at IS NULL AND allowed_origins <> '{}'"
    )
    op.execute(sa.DDL(index))  # type: ignore[no-untyped-call]
