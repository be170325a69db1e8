"""Lists: an order that is the same everywhere, an index for each, and the key of their cursors.

Names are compared by code point, as Python does. A list is read along (organisation, field, id), either way.
Names are often the same (a connection is called as its app is), so ``name:asc,id:desc`` has an index of its own.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_COLLATIONS = """
ALTER TABLE apps ALTER COLUMN name TYPE text COLLATE "C";
ALTER TABLE connections ALTER COLUMN name TYPE text COLLATE "C";
"""

_INDEXES = """
CREATE INDEX apps_by_name ON apps (organisation_id, name, id);
CREATE INDEX apps_by_name_latest_first ON apps (organisation_id, name, id DESC);
CREATE INDEX apps_by_created_at ON apps (organisation_id, created_at, id);
CREATE INDEX apps_by_updated_at ON apps (organisation_id, updated_at, id);
CREATE INDEX connections_by_name ON connections (organisation_id, name, id);
CREATE INDEX connections_by_name_latest_first ON connections (organisation_id, name, id DESC);
CREATE INDEX connections_by_created_at ON connections (organisation_id, created_at, id);
CREATE INDEX connections_by_updated_at ON connections (organisation_id, updated_at, id);
"""

# No extension is needed: gen_random_uuid() takes 122 bits from the system's entropy each time.
_CURSOR_KEY = """
CREATE TABLE cursor_key (
    is_the_only_one boolean PRIMARY KEY DEFAULT TRUE CHECK (is_the_only_one),
    key bytea NOT NULL CHECK (length(key) = 32)
);
INSERT INTO cursor_key (key)
VALUES (sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())));
"""


def upgrade() -> None:
    for statements in (_COLLATIONS, _INDEXES, _CURSOR_KEY):
        for statement in filter(str.strip, statements.split(";")):
            # Not as text, in which Alembic takes `:name` for a parameter.
            op.execute(sa.DDL(statement.strip()))  # type: ignore[no-untyped-call]
