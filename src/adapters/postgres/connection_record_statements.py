"""The statements by which connections are made without a flow, replaced and deleted.

What is ending is due by its ``updated_at``, as the index ``connections_ending`` has it. Its credential's record is
``removing`` meanwhile. A DELETING one's goes with it, long before the hour at which the credentials' own sweep takes
it; a REVOKED one's stays hidden, which that sweep never takes, until something takes its place.
"""

RESERVE = """
WITH connection AS (
    INSERT INTO connections (
        id, organisation_id, app_id, app_organisation_id, name, auth_type, credential_id, made_with, status,
        status_reason, scopes, token_expires_at, last_refreshed_at, secret_version, metadata, client_key, account_key,
        ending_since, created_at, updated_at
    )
    VALUES (
        %(id)s, %(organisation_id)s, %(app_id)s, %(app_organisation_id)s, %(name)s, %(auth_type)s, %(credential_id)s,
        %(made_with)s, %(status)s, %(status_reason)s, %(scopes)s, %(token_expires_at)s, %(last_refreshed_at)s,
        %(secret_version)s, %(metadata)s, %(client_key)s, %(account_key)s, clock_timestamp(), %(created_at)s,
        clock_timestamp()
    )
)
INSERT INTO credentials (
    id, organisation_id, connection_id, name, type, redact_fields, expires_at, removing, removal_at, created_at,
    updated_at
)
VALUES (
    %(credential_id)s, %(organisation_id)s, %(id)s, %(name)s, %(credential_type)s, %(credential_redact_fields)s,
    %(credential_expires_at)s, TRUE, clock_timestamp() + interval '1 h', %(created_at)s, %(updated_at)s
)
RETURNING id
"""

CONFIRM = """
WITH confirmed AS (
    UPDATE connections
    SET status = %(active)s, secret_version = %(secret_version)s, ending_since = NULL, updated_at = created_at
    WHERE organisation_id = %(organisation_id)s AND id = %(id)s AND status = ANY (%(statuses)s)
    RETURNING organisation_id, id
),
credential AS (
    UPDATE credentials
    SET removing = FALSE, removal_at = NULL
    FROM confirmed
    WHERE credentials.organisation_id = confirmed.organisation_id AND credentials.connection_id = confirmed.id
)
SELECT id FROM confirmed
"""

RENAME = """
WITH renamed AS (
    UPDATE connections
    SET name = %(name)s, updated_at = clock_timestamp()
    WHERE organisation_id = %(organisation_id)s AND id = %(id)s AND status <> %(deleting)s
    RETURNING organisation_id, id
),
credential AS (
    UPDATE credentials
    SET name = %(name)s, updated_at = clock_timestamp()
    FROM renamed
    WHERE credentials.organisation_id = renamed.organisation_id AND credentials.connection_id = renamed.id
)
SELECT id FROM renamed
"""

RECORD_REPLACED = """
WITH replaced AS (
    UPDATE connections
    SET
        status = %(active)s,
        status_reason = NULL,
        secret_version = %(secret_version)s,
        token_expires_at = %(token_expires_at)s,
        updated_at = clock_timestamp()
    WHERE
        organisation_id = %(organisation_id)s
        AND id = %(id)s
        AND status = ANY (%(statuses)s)
        AND ending_since IS NULL
        AND secret_version <= %(secret_version)s
    RETURNING *
),
credential AS (
    UPDATE credentials
    SET removing = FALSE, removal_at = NULL
    FROM replaced
    WHERE
        credentials.organisation_id = replaced.organisation_id
        AND credentials.connection_id = replaced.id
        AND credentials.removing
)
SELECT
    append_audit_event(
        organisation_id, 'connection.replaced', 'connection', id,
        told => jsonb_build_object('appId', app_id, 'authType', auth_type, 'credentialId', credential_id)
    )
FROM replaced
"""

BEGIN_DELETING = """
WITH deleting AS (
    UPDATE connections
    SET status = %(deleting)s, ending_since = clock_timestamp(), updated_at = clock_timestamp()
    WHERE organisation_id = %(organisation_id)s AND id = %(id)s AND status = ANY (%(statuses)s)
    RETURNING *
),
credential AS (
    UPDATE credentials
    SET removing = TRUE, removal_at = clock_timestamp() + interval '1 h'
    FROM deleting
    WHERE credentials.organisation_id = deleting.organisation_id AND credentials.connection_id = deleting.id
)
SELECT * FROM deleting
"""

BEGIN_REVOKING = """
WITH revoking AS (
    UPDATE connections
    SET
        status = %(revoked)s, status_reason = NULL, ending_since = clock_timestamp(), updated_at = clock_timestamp()
    WHERE organisation_id = %(organisation_id)s AND id = %(id)s AND status = ANY (%(statuses)s)
    RETURNING *
),
credential AS (
    UPDATE credentials
    SET removing = TRUE, removal_at = 'infinity'
    FROM revoking
    WHERE credentials.organisation_id = revoking.organisation_id AND credentials.connection_id = revoking.id
)
SELECT * FROM revoking
"""

# A secret that is written where this one was begins at version 1 again.
RECORD_REVOKED = """
UPDATE connections
SET ending_since = NULL, secret_version = 1, token_expires_at = NULL, updated_at = clock_timestamp()
WHERE
    organisation_id = %(organisation_id)s
    AND id = %(id)s
    AND credential_id = %(credential_id)s
    AND status = %(revoked)s
"""

IS_SHARED = "SELECT grant_is_shared(%(client_key)s, %(account_key)s, %(credential_id)s) AS shared"

TAKE_ENDING = """
UPDATE connections
SET updated_at = clock_timestamp()
WHERE id = ANY (ARRAY (
    SELECT id
    FROM connections
    WHERE
        ending_since IS NOT NULL
        AND updated_at <= statement_timestamp() - make_interval(secs => %(idle_seconds)s)
        AND (ending_not_before IS NULL OR ending_not_before <= statement_timestamp())
    ORDER BY updated_at
    LIMIT %(first)s
    FOR UPDATE SKIP LOCKED
))
RETURNING *
"""

POSTPONE = """
UPDATE connections
SET ending_not_before = clock_timestamp() + make_interval(secs => %(seconds)s)
WHERE organisation_id = %(organisation_id)s AND id = %(id)s AND ending_since IS NOT NULL
"""

REMOVE = """
WITH removed AS (
    DELETE FROM connections
    WHERE organisation_id = %(organisation_id)s AND id = %(id)s AND status = 'deleting'
    RETURNING organisation_id, id
)
DELETE FROM credentials
USING removed
WHERE credentials.organisation_id = removed.organisation_id AND credentials.connection_id = removed.id
RETURNING credentials.id
"""

SECONDS_LATE = """
SELECT COALESCE(
    extract(epoch FROM clock_timestamp() - make_interval(secs => %(idle_seconds)s) - longest.updated_at), 0
)::float8 AS late
FROM (SELECT TRUE) AS always
LEFT JOIN (
    SELECT updated_at
    FROM connections
    WHERE
        ending_since IS NOT NULL
        AND updated_at <= statement_timestamp() - make_interval(secs => %(idle_seconds)s)
        AND (ending_not_before IS NULL OR ending_not_before <= statement_timestamp())
    ORDER BY updated_at
    LIMIT 1
) AS longest ON TRUE
"""
