"""Connections that are authorised again or revoked, and whose account at the provider they are of.

What is being ended, deleted or revoked, is found by ``ending_since``; ``client_key`` is the SHA-256 of a code grant's
client id, a space and its token endpoint, ``account_key`` that of what the provider calls the account. Whether a grant
is shared is asked by these hashes, in all organisations, and answered by yes or no.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

_CONNECTIONS = """
ALTER TABLE connections NO FORCE ROW LEVEL SECURITY;
ALTER TABLE connections
    ADD COLUMN metadata jsonb NOT NULL DEFAULT '{}',
    ADD COLUMN client_key sha256_hex,
    ADD COLUMN account_key sha256_hex,
    ADD COLUMN ending_since timestamptz,
    DROP CONSTRAINT connections_status_check,
    ADD CONSTRAINT connections_status_check
        CHECK (status IN ('active', 'needs_reauthorization', 'revoked', 'deleting'));
UPDATE connections SET ending_since = updated_at WHERE status = 'deleting';
UPDATE connections
SET client_key = encode(
    sha256(
        convert_to((made_with #>> '{client,client_id}') || ' ' || (made_with #>> '{client,token_endpoint}'), 'UTF8')
    ),
    'hex'
)
WHERE made_with ? 'client';
ALTER TABLE connections
    ADD CONSTRAINT deleting_since_some_time CHECK (status <> 'deleting' OR ending_since IS NOT NULL);
ALTER TABLE connections FORCE ROW LEVEL SECURITY;
DROP INDEX connections_deleting;
CREATE INDEX connections_ending ON connections (updated_at) WHERE ending_since IS NOT NULL;
CREATE INDEX connections_of_account ON connections (client_key, account_key) WHERE status = 'active';
DROP POLICY due ON connections;
CREATE POLICY due ON connections
    USING (current_setting('switchboard.reach', TRUE) = 'due' AND ending_since IS NOT NULL);
CREATE POLICY by_hash ON connections FOR SELECT USING (client_key = current_setting('switchboard.hash', TRUE));
"""

# One that authorises a connection again has that connection's id.
_FLOWS = """
ALTER TABLE flows
    ADD COLUMN reauthorises boolean NOT NULL DEFAULT FALSE,
    ADD COLUMN allow_account_change boolean NOT NULL DEFAULT FALSE,
    DROP CONSTRAINT flows_connection_id_key;
"""

# As the finders of revision 0009.
_FINDER = """
CREATE FUNCTION grant_is_shared(of_client text, of_account text, but_credential text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT AS $$
DECLARE
    shared boolean;
BEGIN
    PERFORM set_config('switchboard.hash', of_client, TRUE);
    IF of_account IS NULL THEN
        shared := EXISTS (
            SELECT FROM connections
            WHERE client_key = of_client AND status = 'active' AND credential_id <> but_credential
        );
    ELSE
        shared := EXISTS (
            SELECT FROM connections
            WHERE
                client_key = of_client
                AND account_key = of_account
                AND status = 'active'
                AND credential_id <> but_credential
        ) OR EXISTS (
            SELECT FROM connections
            WHERE
                client_key = of_client
                AND account_key IS NULL
                AND status = 'active'
                AND credential_id <> but_credential
        );
    END IF;
    PERFORM set_config('switchboard.hash', '', TRUE);
    RETURN shared;
END
$$
"""

# The grant is done with only once it is revoked, where it is, and its secret destroyed: that is the later event.
_AUDITED = """
CREATE TRIGGER audit_reauthorised AFTER UPDATE ON connections
    FOR EACH ROW WHEN (OLD.credential_id <> NEW.credential_id)
    EXECUTE FUNCTION audit_connection('connection.reauthorised');
CREATE TRIGGER audit_revoked AFTER UPDATE ON connections
    FOR EACH ROW WHEN (OLD.status <> 'revoked' AND NEW.status = 'revoked')
    EXECUTE FUNCTION audit_connection('connection.revoked');
CREATE TRIGGER audit_grant_destroyed AFTER UPDATE ON connections
    FOR EACH ROW WHEN (NEW.status = 'revoked' AND OLD.ending_since IS NOT NULL AND NEW.ending_since IS NULL)
    EXECUTE FUNCTION audit_connection('connection.grant_destroyed');
"""

_PIN = "SELECT set_config('search_path', quote_ident(current_schema()) || ', pg_temp', TRUE)"


def upgrade() -> None:
    op.execute(sa.DDL(_PIN))  # type: ignore[no-untyped-call]
    for statement in filter(str.strip, (_CONNECTIONS + _FLOWS + _AUDITED).split(";")):
        op.execute(sa.DDL(statement.strip()))  # type: ignore[no-untyped-call]
    op.execute(sa.DDL(_FINDER.strip()))  # type: ignore[no-untyped-call]
