"""Whoever began to revoke a connection has done it, too, whoever goes on with it: as one that is deleted (0012)."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"

_CONNECTION = """
CREATE OR REPLACE FUNCTION audit_connection() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    made CONSTANT connections := COALESCE(NEW, OLD);
    flow record;
    begun CONSTANT boolean := TG_ARGV[0] = 'connection.grant_destroyed' OR TG_OP = 'DELETE' AND OLD.status = 'deleting';
    who CONSTANT jsonb := COALESCE(CASE WHEN begun THEN OLD.begun_by END, acting());
BEGIN
    IF TG_OP = 'DELETE' AND is_leaving(OLD.organisation_id) THEN
        RETURN NULL;
    END IF;
    SELECT id, principal_id, principal_name INTO flow
    FROM flows
    WHERE organisation_id = made.organisation_id AND credential_id = made.credential_id;
    PERFORM append_audit_event(
        made.organisation_id, TG_ARGV[0], 'connection', made.id,
        told => jsonb_build_object(
            'appId', made.app_id, 'authType', made.auth_type, 'credentialId', made.credential_id, 'flowId', flow.id,
            'reason', CASE WHEN TG_OP <> 'DELETE' THEN made.status_reason END
        ),
        who => jsonb_build_object('principal_id', flow.principal_id, 'principal_name', flow.principal_name) || who
    );
    RETURN NULL;
END
$$
"""

# Revoked, it may be deleted later: that has a beginner of its own.
_BEGUN = """
DROP TRIGGER audit_begun ON connections;
CREATE TRIGGER audit_begun BEFORE UPDATE ON connections
    FOR EACH ROW WHEN (NEW.ending_since IS NOT NULL AND NEW.ending_since IS DISTINCT FROM OLD.ending_since)
    EXECUTE FUNCTION note_who_began()
"""


def upgrade() -> None:
    for statement in (_CONNECTION, *_BEGUN.split(";")):
        op.execute(sa.DDL(statement.strip()))  # type: ignore[no-untyped-call]
