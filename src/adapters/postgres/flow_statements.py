"""The statements of the flows' store.

Each that changes a flow names the statuses it may meet, and changes nothing in any other.
"""

ADD = """
INSERT INTO flows (
    id, organisation_id, organisation_name, app_id, app_organisation_id, app_name, auth_type, name, principal_id,
    principal_name, relay, callback_id, redirect_uri, client, scopes, additional_parameters, return_url, connection_id,
    credential_id, reauthorises, allow_account_change, state_hash, ticket_hash, sealed_state, sealed_verifier, status,
    browser_fingerprint, created_at, expires_at
)
SELECT
    %(id)s, %(organisation_id)s, %(organisation_name)s, %(app_id)s, %(app_organisation_id)s, %(app_name)s,
    %(auth_type)s, %(name)s, %(principal_id)s, %(principal_name)s, %(relay)s, %(callback_id)s, %(redirect_uri)s,
    %(client)s, %(scopes)s, %(additional_parameters)s, %(return_url)s, %(connection_id)s, %(credential_id)s,
    %(reauthorises)s, %(allow_account_change)s,
    %(state_hash)s, %(ticket_hash)s, %(sealed_state)s, %(sealed_verifier)s, %(status)s, %(browser_fingerprint)s,
    now, now + make_interval(secs => %(seconds_to_live)s)
FROM (SELECT clock_timestamp() AS now) AS clock
RETURNING created_at, expires_at
"""

# One reading of the clock for all that depends on it. A flow is gone 24 hours after it ended, or lapsed, and once its
# organisation is being removed.
_FIND = """
SELECT
    flows.*,
    status = ANY (%(unclaimed)s) AND expires_at <= now AS lapsed,
    status = %(finishing)s AND overdue_at <= now AS overdue
FROM {flows}, (SELECT clock_timestamp() AS now) AS clock
WHERE
    COALESCE(ended_at, CASE WHEN status = ANY (%(unclaimed)s) THEN expires_at END, 'infinity') > now - interval '24 h'
    AND NOT EXISTS (SELECT FROM organisations WHERE id = flows.organisation_id AND deleting_at IS NOT NULL)
"""
FIND_BY_ID = _FIND.format(flows="flows") + "AND organisation_id = %(organisation_id)s AND id = %(id)s"
FIND_BY_TICKET = _FIND.format(flows="flow_of_ticket(%(hash)s) AS flows")
FIND_BY_STATE = _FIND.format(flows="flow_of_state(%(hash)s) AS flows")
FIND_BY_BROWSER = _FIND.format(flows="flows_of_browser(%(hash)s) AS flows") + "ORDER BY id DESC LIMIT 1"

START = """
UPDATE flows
SET status = %(started)s, browser_fingerprint = %(browser_fingerprint)s
WHERE
    organisation_id = %(organisation_id)s
    AND ticket_hash = %(ticket_hash)s
    AND status = ANY (%(statuses)s)
    AND expires_at > clock_timestamp()
    AND (browser_fingerprint IS NULL OR browser_fingerprint = %(browser_fingerprint)s)
    AND NOT EXISTS (SELECT FROM organisations WHERE id = flows.organisation_id AND deleting_at IS NOT NULL)
RETURNING id
"""

CLAIM = """
UPDATE flows
SET
    status = %(finishing)s,
    attempt = %(attempt)s,
    answer_fingerprint = %(answer_fingerprint)s,
    sealed_verifier = NULL,
    overdue_at = clock_timestamp() + make_interval(secs => %(seconds_to_finish)s)
WHERE
    organisation_id = %(organisation_id)s
    AND id = %(id)s
    AND status = ANY (%(statuses)s)
    AND expires_at > clock_timestamp()
    AND NOT EXISTS (SELECT FROM organisations WHERE id = flows.organisation_id AND deleting_at IS NOT NULL)
    AND (
        %(secrets_version)s::bigint IS NULL
        OR EXISTS (
            SELECT
            FROM apps
            WHERE
                organisation_id = flows.app_organisation_id
                AND id = flows.app_id
                AND secrets_version <= %(secrets_version)s
        )
    )
RETURNING id
"""

CLAIMED_BY = """
SELECT id FROM flows WHERE organisation_id = %(organisation_id)s AND id = %(id)s AND attempt = %(attempt)s
"""

RECORD_CONNECTED = """
WITH flow AS (
    UPDATE flows
    SET status = %(connected)s, ended_at = clock_timestamp()
    WHERE organisation_id = %(organisation_id)s AND id = %(flow_id)s AND status = ANY (%(statuses)s)
    RETURNING id
),
connection AS (
    INSERT INTO connections (
        id, organisation_id, app_id, app_organisation_id, name, auth_type, credential_id, made_with, status,
        status_reason, scopes, token_expires_at, last_refreshed_at, secret_version, refresh_due_at, grant_final_at,
        grant_idle_at, metadata, client_key, account_key, created_at, updated_at
    )
    SELECT
        %(id)s, %(organisation_id)s, %(app_id)s, %(app_organisation_id)s, %(name)s, %(auth_type)s, %(credential_id)s,
        %(made_with)s, %(status)s, %(status_reason)s, %(scopes)s, %(token_expires_at)s, %(last_refreshed_at)s,
        %(secret_version)s, %(refresh_due_at)s, %(grant_final_at)s, %(grant_idle_at)s, %(metadata)s,
        %(client_key)s, %(account_key)s, %(created_at)s, %(updated_at)s
    FROM flow
)
INSERT INTO credentials (id, organisation_id, connection_id, name, type, expires_at, created_at, updated_at)
SELECT
    %(credential_id)s, %(organisation_id)s, %(id)s, %(name)s, %(credential_type)s, %(credential_expires_at)s,
    %(created_at)s, %(updated_at)s
FROM flow
"""

# The old credential's record is no connection's any more: whatever becomes of the connection, its secret goes. Whoever
# refreshes it has lost the lease, and the new one neither rests nor waits for what befell the old.
RECORD_REAUTHORISED = """
WITH before AS (
    SELECT organisation_id, id, credential_id
    FROM connections
    WHERE
        organisation_id = %(organisation_id)s
        AND id = %(id)s
        AND credential_id = %(instead_of)s
        AND status = ANY (%(reauthorised)s)
    FOR UPDATE
),
flow AS (
    UPDATE flows
    SET status = %(connected)s, ended_at = clock_timestamp()
    FROM before
    WHERE
        flows.organisation_id = before.organisation_id AND flows.id = %(flow_id)s AND flows.status = ANY (%(statuses)s)
    RETURNING before.organisation_id, before.id, before.credential_id
),
replaced AS (
    UPDATE credentials
    SET connection_id = NULL, secret_version = 0, removing = TRUE, removal_at = clock_timestamp()
    FROM flow
    WHERE credentials.organisation_id = flow.organisation_id AND credentials.id = flow.credential_id
),
lease AS (
    UPDATE refresh_leases
    SET
        fence = fence + 1,
        held_until = NULL,
        token_fingerprint = NULL,
        token_version = NULL,
        sent = 0,
        failures = 0,
        not_before = NULL
    FROM flow
    WHERE refresh_leases.organisation_id = flow.organisation_id AND refresh_leases.connection_id = flow.id
),
connection AS (
    UPDATE connections
    SET
        name = %(name)s,
        auth_type = %(auth_type)s,
        credential_id = %(credential_id)s,
        made_with = %(made_with)s,
        client_key = %(client_key)s,
        status = %(status)s,
        status_reason = NULL,
        ending_since = NULL,
        scopes = %(scopes)s,
        metadata = %(metadata)s,
        account_key = %(account_key)s,
        token_expires_at = %(token_expires_at)s,
        refresh_due_at = %(refresh_due_at)s,
        grant_final_at = %(grant_final_at)s,
        grant_idle_at = %(grant_idle_at)s,
        last_refreshed_at = NULL,
        secret_version = %(secret_version)s,
        updated_at = clock_timestamp()
    FROM flow
    WHERE connections.organisation_id = flow.organisation_id AND connections.id = flow.id
)
INSERT INTO credentials (id, organisation_id, connection_id, name, type, expires_at, created_at, updated_at)
SELECT
    %(credential_id)s, organisation_id, id, %(name)s, %(credential_type)s, %(credential_expires_at)s, %(created_at)s,
    %(updated_at)s
FROM flow
"""

# What was secured goes as what an interrupted flow left does (FORGET_OVER).
RECORD_FAILED = """
WITH flow AS (
    UPDATE flows
    SET
        status = %(failed)s,
        failure_code = %(code)s,
        failure_message = %(message)s,
        failure_error = %(error)s,
        failure_description = %(description)s,
        ended_at = clock_timestamp()
    WHERE organisation_id = %(organisation_id)s AND id = %(id)s AND status = ANY (%(statuses)s)
    RETURNING organisation_id, credential_id, name
),
left_behind AS (
    INSERT INTO credentials (
        id, organisation_id, name, type, secret_version, removing, removal_at, created_at, updated_at
    )
    SELECT credential_id, organisation_id, name, 'Raw', 0, TRUE, now + interval '1 min', now, now
    FROM flow, (SELECT clock_timestamp() AS now) AS clock
    WHERE %(secured)s
    ON CONFLICT (id) DO NOTHING
)
SELECT organisation_id FROM flow
"""

RECORD_INTERRUPTED = """
UPDATE flows
SET status = %(interrupted)s, ended_at = clock_timestamp()
WHERE organisation_id = %(organisation_id)s AND id = %(id)s AND status = ANY (%(statuses)s)
"""

# As the index ``flows_overdue`` has it.
RECOVERY_AT = "CASE WHEN recovery_at IS NULL THEN overdue_at ELSE recovery_at END"

TAKE_OVERDUE = f"""
UPDATE flows
SET recovery_at = clock_timestamp() + make_interval(secs => %(seconds)s)
WHERE id = ANY (ARRAY (
    SELECT id
    FROM flows
    WHERE status = 'finishing' AND {RECOVERY_AT} <= statement_timestamp()
    ORDER BY {RECOVERY_AT}
    LIMIT %(first)s
    FOR UPDATE SKIP LOCKED
))
RETURNING *, FALSE AS lapsed, TRUE AS overdue
"""  # noqa: S608 - constants of this file

SECONDS_OVERDUE = f"""
SELECT COALESCE(extract(epoch FROM clock_timestamp() - min(due)), 0)::float8 AS late
FROM (
    SELECT {RECOVERY_AT} AS due
    FROM flows
    WHERE status = 'finishing' AND {RECOVERY_AT} <= statement_timestamp()
    ORDER BY {RECOVERY_AT}
    LIMIT 1
) AS longest_overdue
"""  # noqa: S608 - constants of this file

# As the index ``flows_over`` has it; no COALESCE, as for ``credential_statements.DUE_AT``.
OVER_AT = "CASE WHEN ended_at IS NULL THEN expires_at ELSE ended_at END"

# What an interrupted flow may have left in the secret store goes as any credential's data does.
FORGET_OVER = f"""
WITH forgotten AS (
    DELETE FROM flows
    WHERE id = ANY (ARRAY (
        SELECT id
        FROM flows
        WHERE status <> 'finishing' AND {OVER_AT} <= statement_timestamp() - interval '24 h'
        ORDER BY {OVER_AT}
        LIMIT %(first)s
        FOR UPDATE SKIP LOCKED
    ))
    RETURNING organisation_id, credential_id, name, status
),
left_behind AS (
    INSERT INTO credentials (
        id, organisation_id, name, type, secret_version, removing, removal_at, created_at, updated_at
    )
    SELECT credential_id, organisation_id, name, 'Raw', 0, TRUE, now, now, now
    FROM forgotten, (SELECT clock_timestamp() AS now) AS clock
    WHERE status = %(interrupted)s
    ON CONFLICT (id) DO NOTHING
)
SELECT count(*) AS number FROM forgotten
"""  # noqa: S608 - constants of this file

SECONDS_LATE = f"""
SELECT COALESCE(extract(epoch FROM clock_timestamp() - interval '24 h' - min(over_at)), 0)::float8 AS late
FROM (
    SELECT {OVER_AT} AS over_at
    FROM flows
    WHERE status <> 'finishing' AND {OVER_AT} <= statement_timestamp() - interval '24 h'
    ORDER BY {OVER_AT}
    LIMIT 1
) AS longest_over
"""  # noqa: S608 - constants of this file
