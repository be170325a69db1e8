"""Row security: what a transaction does not say that it is for, it neither finds nor writes (``tenancy.py`` says it).

FORCE holds the tables' owner to it as well, so one role that owns its database will do. Settings are the transaction's
own: one that is not set is NULL or empty, and equal to nothing here. What finds an organisation by a hash is a function
that reaches the rows with that very hash; whoever sets the setting itself reaches no more.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

_TABLES = (
    "api_keys",
    "apps",
    "connection_counts",
    "connections",
    "credential_counts",
    "credentials",
    "flows",
    "signing_keys",
)

_HELD = """
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
CREATE POLICY of_organisation ON {table}
    USING (organisation_id = current_setting('switchboard.organisation_id', TRUE))
    WITH CHECK (organisation_id = current_setting('switchboard.organisation_id', TRUE));
"""

_BY_HASH = """
CREATE POLICY by_hash ON api_keys FOR SELECT USING (fingerprint = current_setting('switchboard.hash', TRUE));
CREATE POLICY by_hash ON flows FOR SELECT
    USING (current_setting('switchboard.hash', TRUE) IN (state_hash, ticket_hash, browser_fingerprint));
"""

# An index serves only what cannot leak a row before its policy has judged it. By the planner's list comparisons and
# CASE cannot; COALESCE may.
_INDEXES = """
DROP INDEX credentials_due;
CREATE INDEX credentials_due ON credentials ((CASE WHEN removal_at IS NULL THEN expires_at ELSE removal_at END))
    WHERE CASE WHEN removal_at IS NULL THEN expires_at ELSE removal_at END IS NOT NULL;
DROP INDEX flows_over;
CREATE INDEX flows_over ON flows ((CASE WHEN ended_at IS NULL THEN expires_at ELSE ended_at END))
    WHERE status <> 'finishing';
"""

# Each for one value of ``tenancy.Reach``, and for what that has to reach alone.
_FURTHER = """
CREATE POLICY of_platform ON api_keys
    USING (current_setting('switchboard.reach', TRUE) = 'platform' AND organisation_id IS NULL);
CREATE POLICY public_ones ON apps FOR SELECT
    USING (current_setting('switchboard.reach', TRUE) = 'public-apps' AND public AND deleted_at IS NULL);
CREATE POLICY connected_ones ON apps FOR SELECT USING (
    current_setting('switchboard.reach', TRUE) = 'connected-apps'
    AND id IN (
        SELECT app_id FROM connections WHERE organisation_id = current_setting('switchboard.organisation_id', TRUE)
    )
);
CREATE POLICY connected_to_us ON flows FOR SELECT USING (
    current_setting('switchboard.reach', TRUE) = 'connected-to-us'
    AND app_organisation_id = current_setting('switchboard.organisation_id', TRUE)
);
CREATE POLICY connected_to_us ON connections FOR SELECT USING (
    current_setting('switchboard.reach', TRUE) = 'connected-to-us'
    AND app_organisation_id = current_setting('switchboard.organisation_id', TRUE)
);
CREATE POLICY due ON flows USING (
    current_setting('switchboard.reach', TRUE) = 'due'
    AND status <> 'finishing'
    AND COALESCE(ended_at, expires_at) <= statement_timestamp() - interval '24 h'
);
CREATE POLICY due ON connections
    USING (current_setting('switchboard.reach', TRUE) = 'due' AND status = 'deleting');
CREATE POLICY due ON credentials USING (
    current_setting('switchboard.reach', TRUE) = 'due'
    AND (removing OR next_until IS NOT NULL OR COALESCE(removal_at, expires_at) <= statement_timestamp())
);
CREATE POLICY due ON credential_counts USING (current_setting('switchboard.reach', TRUE) = 'due');
"""

# Only a superuser may let a function have a setting of ours as its own (SET): so it takes it back itself. Where it
# fails before that, the transaction fails with it.
_FINDER = """
CREATE FUNCTION {name}(of_hash text) RETURNS SETOF {table} LANGUAGE plpgsql SECURITY DEFINER
SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM set_config('switchboard.hash', of_hash, TRUE);
    RETURN QUERY SELECT * FROM {table} WHERE {column} = of_hash;
    PERFORM set_config('switchboard.hash', '', TRUE);
END
$$
"""
_FINDERS = (
    ("api_key_of_hash", "api_keys", "fingerprint"),
    ("flow_of_state", "flows", "state_hash"),
    ("flow_of_ticket", "flows", "ticket_hash"),
    ("flows_of_browser", "flows", "browser_fingerprint"),
)

# Nobody puts a table of their own before ours: the catalogue comes first by itself, what is temporary last.
_PIN = "SELECT set_config('search_path', quote_ident(current_schema()) || ', pg_temp', TRUE)"


def upgrade() -> None:
    op.execute(sa.DDL(_PIN))  # type: ignore[no-untyped-call]
    held = "".join(_HELD.format(table=table) for table in _TABLES)
    for statement in filter(str.strip, (held + _BY_HASH + _INDEXES + _FURTHER).split(";")):
        op.execute(sa.DDL(statement.strip()))  # type: ignore[no-untyped-call]
    for name, table, column in _FINDERS:
        finder = _FINDER.format(name=name, table=table, column=column)
        op.execute(sa.DDL(finder.strip()))  # type: ignore[no-untyped-call]
