"""What appends audit events: a trigger for each thing, so that no statement can forget it.

What a statement alone knows of (a rename, a replacement) it appends itself.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

# What a request, or a job, began and another may finish: it is the beginner's deed.
_COLUMNS = """
ALTER TABLE connections ADD COLUMN begun_by jsonb;
ALTER TABLE credentials ADD COLUMN begun_by jsonb;
ALTER TABLE organisations ADD COLUMN removed jsonb NOT NULL DEFAULT '{}'
"""

_LEAVING = """
CREATE FUNCTION is_leaving(organisation text) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM organisations WHERE id = organisation AND deleting_at IS NOT NULL)
$$
"""

# Never a whole row as jsonb: it cannot hold all that an app's foreign members may.
_APP = """
CREATE FUNCTION audit_app() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' OR NOT is_leaving(NEW.organisation_id) THEN
        PERFORM append_audit_event(
            NEW.organisation_id, TG_ARGV[0], 'app', NEW.id,
            told => jsonb_build_object('name', NEW.name, 'public', NEW.public)
        );
    END IF;
    RETURN NULL;
END
$$
"""
_APPS = """
CREATE TRIGGER audit_created AFTER INSERT ON apps FOR EACH ROW EXECUTE FUNCTION audit_app('app.created');
CREATE TRIGGER audit_replaced AFTER UPDATE ON apps
    FOR EACH ROW WHEN (OLD.secrets_version <> NEW.secrets_version) EXECUTE FUNCTION audit_app('app.replaced');
CREATE TRIGGER audit_deleted AFTER UPDATE ON apps
    FOR EACH ROW WHEN (OLD.deleted_at IS NULL AND NEW.deleted_at IS NOT NULL) EXECUTE FUNCTION audit_app('app.deleted')
"""

_KEY = """
CREATE FUNCTION audit_key() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    key CONSTANT jsonb := to_jsonb(COALESCE(NEW, OLD));
BEGIN
    IF TG_OP = 'INSERT' OR NOT is_leaving(OLD.organisation_id) THEN
        PERFORM append_audit_event(
            key ->> 'organisation_id', TG_ARGV[0] || CASE TG_OP WHEN 'INSERT' THEN '.created' ELSE '.deleted' END,
            TG_ARGV[0], key ->> 'id',
            told => jsonb_build_object('name', key -> 'name', 'roles', key -> 'roles', 'algorithm', key -> 'algorithm')
        );
    END IF;
    RETURN NULL;
END
$$
"""
_KEYS = """
CREATE TRIGGER audit_key AFTER INSERT OR DELETE ON api_keys FOR EACH ROW EXECUTE FUNCTION audit_key('api_key');
CREATE TRIGGER audit_key AFTER INSERT OR DELETE ON signing_keys FOR EACH ROW EXECUTE FUNCTION audit_key('signing_key')
"""

_FLOW = """
CREATE FUNCTION audit_flow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM append_audit_event(
        NEW.organisation_id, TG_ARGV[0], 'flow', NEW.id,
        COALESCE(NEW.failure_code, CASE NEW.status WHEN 'interrupted' THEN 'flow_interrupted' ELSE 'ok' END),
        jsonb_build_object('appId', NEW.app_id, 'authType', NEW.auth_type),
        jsonb_build_object('principal_id', NEW.principal_id, 'principal_name', NEW.principal_name) || acting()
    );
    RETURN NULL;
END
$$
"""
_FLOWS = """
CREATE TRIGGER audit_started AFTER INSERT ON flows
    FOR EACH ROW EXECUTE FUNCTION audit_flow('flow.started');
CREATE TRIGGER audit_failed AFTER UPDATE ON flows
    FOR EACH ROW WHEN (OLD.status <> 'failed' AND NEW.status = 'failed') EXECUTE FUNCTION audit_flow('flow.failed');
CREATE TRIGGER audit_interrupted AFTER UPDATE ON flows
    FOR EACH ROW WHEN (OLD.status <> 'interrupted' AND NEW.status = 'interrupted')
    EXECUTE FUNCTION audit_flow('flow.interrupted')
"""

# A browser carries no key: what it finishes is done for whoever started the flow.
_CONNECTION = """
CREATE FUNCTION audit_connection() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    made CONSTANT connections := COALESCE(NEW, OLD);
    flow record;
    who jsonb := COALESCE(CASE TG_OP WHEN 'DELETE' THEN OLD.begun_by END, acting());
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
_BEGUN = """
CREATE FUNCTION note_who_began() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.begun_by := acting();
    RETURN NEW;
END
$$
"""
# DELETING without a beginner is one that was reserved, and that nobody has seen.
_CONNECTIONS = """
CREATE TRIGGER audit_created AFTER INSERT ON connections
    FOR EACH ROW WHEN (NEW.status <> 'deleting') EXECUTE FUNCTION audit_connection('connection.created');
CREATE TRIGGER audit_confirmed AFTER UPDATE ON connections
    FOR EACH ROW WHEN (OLD.status = 'deleting' AND NEW.status <> 'deleting')
    EXECUTE FUNCTION audit_connection('connection.created');
CREATE TRIGGER audit_renamed AFTER UPDATE ON connections
    FOR EACH ROW WHEN (OLD.name <> NEW.name AND OLD.credential_id = NEW.credential_id)
    EXECUTE FUNCTION audit_connection('connection.renamed');
CREATE TRIGGER audit_grant_ended AFTER UPDATE ON connections
    FOR EACH ROW WHEN (OLD.status = 'active' AND NEW.status = 'needs_reauthorization')
    EXECUTE FUNCTION audit_connection('connection.grant_ended');
CREATE TRIGGER audit_begun BEFORE UPDATE ON connections
    FOR EACH ROW WHEN (OLD.status <> 'deleting' AND NEW.status = 'deleting') EXECUTE FUNCTION note_who_began();
CREATE TRIGGER audit_deleted AFTER DELETE ON connections
    FOR EACH ROW WHEN (OLD.status <> 'deleting' OR OLD.begun_by IS NOT NULL)
    EXECUTE FUNCTION audit_connection('connection.deleted')
"""

# Of a connection's own credential the connection's events tell.
_CREDENTIAL = """
CREATE FUNCTION audit_credential() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    action text;
BEGIN
    IF TG_OP = 'DELETE' AND is_leaving(OLD.organisation_id) THEN
        RETURN NULL;
    END IF;
    action := CASE
        WHEN TG_OP = 'UPDATE' AND OLD.secret_version = 0 THEN 'created'
        WHEN TG_OP = 'UPDATE' THEN 'replaced'
        WHEN OLD.begun_by ->> 'principal_id' = 'switchboard' THEN 'expired'
        ELSE 'deleted'
    END;
    PERFORM append_audit_event(
        OLD.organisation_id, 'credential.' || action, 'credential', OLD.id,
        told => jsonb_build_object('type', COALESCE(NEW.type, OLD.type)),
        who => COALESCE(OLD.begun_by, acting())
    );
    RETURN NULL;
END
$$
"""
_CREDENTIALS = """
CREATE TRIGGER audit_begun BEFORE INSERT OR UPDATE OF next_terms ON credentials
    FOR EACH ROW WHEN (NEW.next_terms IS NOT NULL) EXECUTE FUNCTION note_who_began();
CREATE TRIGGER audit_removal_begun BEFORE UPDATE OF removing ON credentials
    FOR EACH ROW WHEN (NEW.removing AND NOT OLD.removing) EXECUTE FUNCTION note_who_began();
CREATE TRIGGER audit_settled AFTER UPDATE OF secret_version ON credentials
    FOR EACH ROW WHEN (NEW.connection_id IS NULL AND OLD.secret_version <> NEW.secret_version)
    EXECUTE FUNCTION audit_credential();
CREATE TRIGGER audit_deleted AFTER DELETE ON credentials
    FOR EACH ROW WHEN (OLD.connection_id IS NULL AND OLD.secret_version <> 0)
    EXECUTE FUNCTION audit_credential()
"""

# What goes with its organisation, a batch at a time: the number is the batch's own, and is kept where it is kept.
_COUNT = """
CREATE FUNCTION count_removed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE organisations
    SET removed = removed
        || jsonb_build_object(TG_ARGV[0], COALESCE((removed ->> TG_ARGV[0])::bigint, 0) + gone.number)
    FROM (SELECT organisation_id, count(*) AS number FROM changed GROUP BY organisation_id) AS gone
    WHERE organisations.id = gone.organisation_id AND organisations.deleting_at IS NOT NULL;
    RETURN NULL;
END
$$
"""
_COUNTED = """
CREATE TRIGGER audit_removed AFTER DELETE ON {table}
REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION count_removed('{kind}')
"""
_KINDS = (
    ("api_keys", "apiKeys"),
    ("apps", "apps"),
    ("connections", "connections"),
    ("credentials", "credentials"),
    ("flows", "flows"),
    ("signing_keys", "signingKeys"),
)

_ORGANISATION = """
CREATE FUNCTION audit_organisation() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    of_it CONSTANT organisations := COALESCE(NEW, OLD);
BEGIN
    PERFORM append_audit_event(
        of_it.id, TG_ARGV[0], 'organisation', of_it.id,
        told => jsonb_build_object('name', of_it.name, 'removed', CASE TG_OP WHEN 'DELETE' THEN of_it.removed END)
    );
    RETURN NULL;
END
$$
"""
_ORGANISATIONS = """
CREATE TRIGGER audit_created AFTER INSERT ON organisations
    FOR EACH ROW EXECUTE FUNCTION audit_organisation('organisation.created');
CREATE TRIGGER audit_removal_begun AFTER UPDATE ON organisations
    FOR EACH ROW WHEN (OLD.deleting_at IS NULL AND NEW.deleting_at IS NOT NULL)
    EXECUTE FUNCTION audit_organisation('organisation.removal_begun');
CREATE TRIGGER audit_removed AFTER DELETE ON organisations
    FOR EACH ROW EXECUTE FUNCTION audit_organisation('organisation.removed')
"""


def upgrade() -> None:
    counted = [_COUNTED.format(table=table, kind=kind) for table, kind in _KINDS]
    functions = (_LEAVING, _APP, _KEY, _FLOW, _CONNECTION, _BEGUN, _CREDENTIAL, _COUNT, _ORGANISATION)
    triggers = (_APPS, _KEYS, _FLOWS, _CONNECTIONS, _CREDENTIALS, *counted, _ORGANISATIONS)
    for statement in (*_split([_COLUMNS]), *functions, *_split(triggers)):
        op.execute(sa.DDL(statement.strip()))  # type: ignore[no-untyped-call]


def _split(statements: Sequence[str]) -> list[str]:
    return [statement for several in statements for statement in several.split(";")]
