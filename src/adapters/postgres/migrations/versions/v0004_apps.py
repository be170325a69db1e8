"""Public apps, deleted apps, the origins that an app's landing page speaks to, and the version of its secrets.

A flow and a connection name the organisation whose the app is: a public app's is not their own.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_APPS = """
ALTER TABLE apps
    ADD COLUMN public boolean NOT NULL DEFAULT FALSE,
    ADD COLUMN allowed_origins text[] NOT NULL DEFAULT '{}',
    ADD COLUMN secrets_version bigint NOT NULL DEFAULT 1 CHECK (secrets_version > 0),
    ADD COLUMN deleted_at timestamptz,
    DROP CONSTRAINT apps_check,
    ADD CONSTRAINT relay_has_a_key_while_it_lives CHECK (
        (relay_callback_key IS NOT NULL) = (relay_callback_url IS NOT NULL AND deleted_at IS NULL)
    );
CREATE INDEX public_apps_by_id ON apps (id) WHERE public AND deleted_at IS NULL;
CREATE INDEX public_apps_by_name ON apps (name, id) WHERE public AND deleted_at IS NULL;
CREATE INDEX public_apps_by_created_at ON apps (created_at, id) WHERE public AND deleted_at IS NULL;
CREATE INDEX public_apps_by_updated_at ON apps (updated_at, id) WHERE public AND deleted_at IS NULL;
"""

_OWNERS = """
ALTER TABLE {table}
    ADD COLUMN app_organisation_id text COLLATE "C",
    ADD CONSTRAINT {table}_organisation_fkey FOREIGN KEY (organisation_id) REFERENCES organisations,
    ADD CONSTRAINT {table}_app_fkey FOREIGN KEY (app_organisation_id, app_id) REFERENCES apps (organisation_id, id),
    DROP CONSTRAINT {table}_organisation_id_app_id_fkey;
CREATE INDEX {table}_of_apps_owner ON {table} (app_organisation_id, app_id);
UPDATE {table} SET app_organisation_id = organisation_id
"""


def upgrade() -> None:
    statements = _APPS + ";".join(_OWNERS.format(table=table) for table in ("flows", "connections"))
    for statement in filter(str.strip, statements.split(";")):
        op.execute(sa.DDL(statement.strip()))  # type: ignore[no-untyped-call]
