"""Indices for an organisation that leaves: whose flow it is, and which connection has a credential."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"

_INDEXES = (
    "CREATE INDEX flows_of_organisation ON flows (organisation_id, credential_id)",
    "CREATE INDEX connections_of_credential ON connections (credential_id)",
)


def upgrade() -> None:
    for statement in _INDEXES:
        op.execute(sa.DDL(statement))  # type: ignore[no-untyped-call]
