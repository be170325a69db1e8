"""What is revoked is told in the transaction that revokes it: it cannot be forgotten, and arrives with the commit.

NOTIFY takes a lock over the whole database until its commit. So nothing hot tells of itself here: a refresh, known by
its ``last_refreshed_at``, is published afterwards (``adapters/postgres/hints.py``), and nothing is told of what nobody
can have remembered, as a connection that was not active.
"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

_TELL = """
CREATE FUNCTION tell_hint() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('switchboard_hints', '- ' || TG_ARGV[0] || ' ' || OLD.id);
    RETURN NULL;
END
$$
"""

_TRIGGERS = """
CREATE TRIGGER api_keys_hint AFTER UPDATE OR DELETE ON api_keys
    FOR EACH ROW EXECUTE FUNCTION tell_hint('api_key');
CREATE TRIGGER signing_keys_hint AFTER UPDATE OR DELETE ON signing_keys
    FOR EACH ROW EXECUTE FUNCTION tell_hint('signing_key');
CREATE TRIGGER organisations_hint AFTER UPDATE OR DELETE ON organisations
    FOR EACH ROW EXECUTE FUNCTION tell_hint('organisation');
CREATE TRIGGER connections_gone_hint AFTER DELETE ON connections
    FOR EACH ROW WHEN (OLD.status = 'active') EXECUTE FUNCTION tell_hint('connection');
CREATE TRIGGER connections_hint AFTER UPDATE ON connections
    FOR EACH ROW WHEN (
        OLD.status = 'active'
        AND (
            NEW.status <> OLD.status
            OR NEW.credential_id <> OLD.credential_id
            OR (
                NEW.secret_version <> OLD.secret_version
                AND NEW.last_refreshed_at IS NOT DISTINCT FROM OLD.last_refreshed_at
            )
        )
    ) EXECUTE FUNCTION tell_hint('connection')
"""


def upgrade() -> None:
    for statement in (_TELL, *_TRIGGERS.split(";")):
        op.execute(sa.DDL(statement.strip()))  # type: ignore[no-untyped-call]
