"""Audit events: who did what to which thing, appended in the transaction that does it.

``append_audit_event`` appends one; ``tenancy.enter`` has said who acts, and may have said more to tell. No foreign key
leads to an organisation: the events of one that was removed are the proof that it was.

A role that row security holds, as the service's is, appends and reads and does nothing else; who else may, prunes.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

_EVENTS = """
CREATE TABLE audit_events (
    id ulid PRIMARY KEY,
    organisation_id text COLLATE "C",
    created_at timestamptz NOT NULL,
    action text COLLATE "C" NOT NULL CHECK (action ~ '^[a-z_]+[.][a-z_]+$'),
    target_kind text NOT NULL,
    target_id text COLLATE "C" NOT NULL,
    result text NOT NULL,
    principal_id text COLLATE "C" NOT NULL,
    principal_name text NOT NULL,
    request_id text,
    source_address text,
    detail jsonb NOT NULL CHECK (jsonb_typeof(detail) = 'object')
);
CREATE INDEX audit_events_by_id ON audit_events (organisation_id, id);
CREATE INDEX audit_events_by_created_at ON audit_events (organisation_id, created_at, id);
CREATE INDEX audit_events_of_action ON audit_events (organisation_id, action, id);
CREATE INDEX audit_events_of_target ON audit_events (organisation_id, target_id, id);
CREATE INDEX audit_events_of_principal ON audit_events (organisation_id, principal_id, id);
ALTER TABLE audit_events ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit_events FORCE ROW LEVEL SECURITY;
CREATE POLICY of_organisation ON audit_events FOR SELECT
    USING (organisation_id = current_setting('switchboard.organisation_id', TRUE));
CREATE POLICY appended ON audit_events FOR INSERT
    WITH CHECK (organisation_id = current_setting('switchboard.organisation_id', TRUE));
CREATE POLICY due ON audit_events FOR INSERT
    WITH CHECK (current_setting('switchboard.reach', TRUE) = 'due');
CREATE POLICY of_platform ON audit_events FOR INSERT
    WITH CHECK (current_setting('switchboard.reach', TRUE) = 'platform' AND organisation_id IS NULL)
"""

_REFUSE = """
CREATE FUNCTION refuse_to_change_audit_events() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF row_security_active('audit_events') THEN
        RAISE insufficient_privilege USING MESSAGE = 'audit_events is appended to, and nothing else';
    END IF;
    RETURN NULL;
END
$$
"""
_REFUSED = """
CREATE TRIGGER audit_events_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_events
FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change_audit_events()
"""

_ACTING = """
CREATE FUNCTION acting() RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT COALESCE(NULLIF(current_setting('switchboard.actor', TRUE), ''), '{}')::jsonb
$$
"""

# A ULID: 10 characters of milliseconds, 16 of randomness, each of 5 bits; in one expression, for a loop is slower.
_ULID = " || ".join(
    [f"substr(letters, ((milliseconds >> {5 * place}) & 31)::int + 1, 1)" for place in range(9, -1, -1)]
    + [f"substr(letters, (get_byte(random, {place}) & 31) + 1, 1)" for place in range(16)]
)
# Nobody acting is somebody's own SQL.
_APPEND = """
CREATE FUNCTION append_audit_event(
    of_organisation text, done text, kind text, target text,
    came_to text DEFAULT 'ok', told jsonb DEFAULT '{}', who jsonb DEFAULT acting()
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    letters CONSTANT text := '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
    now CONSTANT timestamptz := clock_timestamp();
    milliseconds CONSTANT bigint := floor(extract(epoch FROM now) * 1000);
    random CONSTANT bytea := uuid_send(gen_random_uuid());
BEGIN
    INSERT INTO audit_events (
        id, organisation_id, created_at, action, target_kind, target_id, result, principal_id, principal_name,
        request_id, source_address, detail
    )
    VALUES (
        {ulid}, of_organisation, now, done, kind, target, came_to,
        COALESCE(who ->> 'principal_id', 'role:' || session_user),
        COALESCE(who ->> 'principal_name', session_user),
        who ->> 'request_id', who ->> 'source_address',
        jsonb_strip_nulls(
            COALESCE(told, '{}') || COALESCE(NULLIF(current_setting('switchboard.detail', TRUE), ''), '{}')::jsonb
        )
    );
END
$$
"""


def upgrade() -> None:
    for statement in (*_EVENTS.split(";"), _REFUSE, _REFUSED, _ACTING, _APPEND.replace("{ulid}", _ULID)):
        op.execute(sa.DDL(statement.strip()))  # type: ignore[no-untyped-call]
