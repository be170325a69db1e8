"""The statements of refresh leases. Where one changes a connection and its lease, the connection comes first.

So does whoever deletes a connection: its lease goes with it, by the foreign key.

Those that every refresh needs are for several at once (``together.py``), by a document of what is asked for. How many
there are at most (``together.MOST``) is said by LIMIT: the planner would take them for a hundred, and scan tables.
"""

TAKE = """
INSERT INTO refresh_leases AS lease (connection_id, organisation_id, fence, held_until)
SELECT connections.id, connections.organisation_id, 1, clock_timestamp() + make_interval(secs => %(seconds)s)
FROM (
    SELECT * FROM jsonb_to_recordset(%(asked)s) AS asked (organisation_id text, id text) LIMIT 32
) AS asked
JOIN connections ON connections.organisation_id = asked.organisation_id AND connections.id = asked.id
WHERE %(ending)s OR connections.ending_since IS NULL
ORDER BY connections.id
ON CONFLICT (connection_id) DO UPDATE
SET fence = lease.fence + 1, held_until = clock_timestamp() + make_interval(secs => %(seconds)s)
WHERE
    (lease.held_until IS NULL OR lease.held_until <= clock_timestamp())
    AND (%(through_rest)s OR lease.not_before IS NULL OR lease.not_before <= clock_timestamp())
RETURNING connection_id AS id, fence
"""

# A statement of its own, whose snapshot is taken once the leases are: what the holder before recorded is seen.
LOOK = """
SELECT
    connections.*,
    lease.token_fingerprint,
    lease.token_version,
    lease.sent,
    lease.failures,
    lease.not_before IS NOT NULL AS rested,
    extract(epoch FROM lease.not_before - clock_timestamp())::float8 AS resting_seconds,
    incident.illness
FROM (
    SELECT * FROM jsonb_to_recordset(%(asked)s) AS asked (organisation_id text, id text) LIMIT 32
) AS asked
JOIN connections ON connections.organisation_id = asked.organisation_id AND connections.id = asked.id
LEFT JOIN refresh_leases AS lease
    ON lease.organisation_id = connections.organisation_id AND lease.connection_id = connections.id
LEFT JOIN app_incidents AS incident
    ON incident.organisation_id = connections.organisation_id
    AND incident.app_id = connections.app_id
    AND incident.auth_type = connections.auth_type
    AND incident.client_id = connections.made_with #>> '{client,client_id}'
WHERE %(ending)s OR connections.ending_since IS NULL
"""

JOURNAL = """
UPDATE refresh_leases AS lease
SET
    sent = CASE
        WHEN lease.token_fingerprint = asked.token_fingerprint AND lease.token_version = asked.token_version
        THEN lease.sent + 1
        ELSE 1
    END,
    token_fingerprint = asked.token_fingerprint,
    token_version = asked.token_version,
    not_before = NULL,
    held_until = clock_timestamp() + make_interval(secs => %(seconds)s)
FROM (
    SELECT *
    FROM jsonb_to_recordset(%(asked)s) AS asked (
        organisation_id text, id text, fence bigint, token_fingerprint text, token_version bigint
    )
    LIMIT 32
) AS asked
WHERE
    lease.organisation_id = asked.organisation_id
    AND lease.connection_id = asked.id
    AND lease.fence = asked.fence
RETURNING lease.connection_id AS id, lease.sent
"""

# Renewals are counted only while refusals are, and no more of them than the judgement needs: else each refresh of an
# app would wait for the others' row. What the last SELECT asks for first is done first: connections before leases.
RECORD = """
WITH asked AS (
    SELECT *
    FROM jsonb_to_recordset(%(asked)s) AS asked (
        organisation_id text,
        id text,
        fence bigint,
        credential_id text,
        token_expires_at timestamptz,
        refresh_due_at timestamptz,
        grant_final_at timestamptz,
        grant_idle_at timestamptz,
        scopes text[],
        secret_version bigint
    )
    LIMIT 32
),
recorded AS (
    UPDATE connections
    SET
        status = %(active)s,
        status_reason = NULL,
        token_expires_at = asked.token_expires_at,
        refresh_due_at = asked.refresh_due_at,
        grant_final_at = asked.grant_final_at,
        grant_idle_at = asked.grant_idle_at,
        scopes = asked.scopes,
        secret_version = asked.secret_version,
        last_refreshed_at = clock_timestamp(),
        updated_at = clock_timestamp()
    FROM asked
    WHERE
        connections.organisation_id = asked.organisation_id
        AND connections.id = asked.id
        AND connections.credential_id = asked.credential_id
        AND connections.status = ANY (%(statuses)s)
        AND (
            connections.secret_version < asked.secret_version
            OR (connections.secret_version = asked.secret_version AND connections.status = %(active)s)
        )
    RETURNING
        connections.organisation_id, connections.app_id, connections.auth_type,
        connections.made_with #>> '{client,client_id}' AS client_id
),
released AS (
    UPDATE refresh_leases AS lease
    SET held_until = NULL, token_fingerprint = NULL, token_version = NULL, sent = 0, failures = 0, not_before = NULL
    FROM asked
    WHERE
        lease.organisation_id = asked.organisation_id
        AND lease.connection_id = asked.id
        AND lease.fence = asked.fence
    RETURNING lease.connection_id
),
counted AS (
    UPDATE app_incidents AS incident
    SET renewed = renewed + renewals.number
    FROM (
        SELECT organisation_id, app_id, auth_type, client_id, count(*) AS number
        FROM recorded
        GROUP BY organisation_id, app_id, auth_type, client_id
    ) AS renewals
    WHERE
        incident.organisation_id = renewals.organisation_id
        AND incident.app_id = renewals.app_id
        AND incident.auth_type = renewals.auth_type
        AND incident.client_id = renewals.client_id
        AND incident.window_from > clock_timestamp() - make_interval(secs => %(window_seconds)s)
        AND incident.renewed < 10 * (incident.refused + 1)
)
SELECT id, (SELECT count(*) FROM recorded) AS recorded, id IN (SELECT connection_id FROM released) AS released
FROM asked
"""

RELEASE = """
UPDATE refresh_leases
SET held_until = NULL
WHERE organisation_id = %(organisation_id)s AND connection_id = %(id)s AND fence = %(fence)s
"""

REST = """
UPDATE refresh_leases
SET
    held_until = NULL,
    sent = COALESCE(%(sent)s, sent),
    failures = failures + 1,
    not_before = clock_timestamp() + make_interval(secs => %(seconds)s)
WHERE organisation_id = %(organisation_id)s AND connection_id = %(id)s AND fence = %(fence)s
"""

END = """
WITH ended AS (
    UPDATE connections
    SET status = %(ended)s, status_reason = %(reason)s, updated_at = clock_timestamp()
    WHERE
        organisation_id = %(organisation_id)s
        AND id = %(id)s
        AND credential_id = %(credential_id)s
        AND status = ANY (%(statuses)s)
        AND secret_version <= %(secret_version)s
        AND EXISTS (
            SELECT
            FROM refresh_leases
            WHERE organisation_id = %(organisation_id)s AND connection_id = %(id)s AND fence = %(fence)s
        )
    RETURNING id
),
released AS (
    UPDATE refresh_leases
    SET held_until = NULL, token_fingerprint = NULL, token_version = NULL, sent = 0, failures = 0, not_before = NULL
    WHERE organisation_id = %(organisation_id)s AND connection_id = %(id)s AND fence = %(fence)s
    RETURNING connection_id
)
SELECT (SELECT count(*) FROM ended) AS ended, (SELECT count(*) FROM released) AS released
"""
