"""The statements of refresh leases. Where one changes a connection and its lease, the connection comes first.

So does whoever deletes a connection: its lease goes with it, by the foreign key.
"""

TAKE = """
INSERT INTO refresh_leases AS lease (connection_id, organisation_id, fence, held_until)
SELECT id, organisation_id, 1, clock_timestamp() + make_interval(secs => %(seconds)s)
FROM connections
WHERE organisation_id = %(organisation_id)s AND id = %(id)s AND (%(ending)s OR ending_since IS NULL)
ON CONFLICT (connection_id) DO UPDATE
SET fence = lease.fence + 1, held_until = clock_timestamp() + make_interval(secs => %(seconds)s)
WHERE
    (lease.held_until IS NULL OR lease.held_until <= clock_timestamp())
    AND (%(through_rest)s OR lease.not_before IS NULL OR lease.not_before <= clock_timestamp())
RETURNING fence
"""

# A statement of its own, whose snapshot is taken once the lease is: what the holder before recorded is seen.
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
FROM connections
LEFT JOIN refresh_leases AS lease
    ON lease.organisation_id = connections.organisation_id AND lease.connection_id = connections.id
LEFT JOIN app_incidents AS incident
    ON incident.organisation_id = connections.organisation_id
    AND incident.app_id = connections.app_id
    AND incident.auth_type = connections.auth_type
    AND incident.client_id = connections.made_with #>> '{client,client_id}'
WHERE
    connections.organisation_id = %(organisation_id)s
    AND connections.id = %(id)s
    AND (%(ending)s OR connections.ending_since IS NULL)
"""

JOURNAL = """
UPDATE refresh_leases
SET
    sent = CASE
        WHEN token_fingerprint = %(token_fingerprint)s AND token_version = %(token_version)s THEN sent + 1
        ELSE 1
    END,
    token_fingerprint = %(token_fingerprint)s,
    token_version = %(token_version)s,
    not_before = NULL,
    held_until = clock_timestamp() + make_interval(secs => %(seconds)s)
WHERE organisation_id = %(organisation_id)s AND connection_id = %(id)s AND fence = %(fence)s
RETURNING sent
"""

# Renewals are counted only while refusals are, and no more of them than the judgement needs: else each refresh of an
# app would wait for the others' row.
RECORD = """
WITH recorded AS (
    UPDATE connections
    SET
        status = %(active)s,
        status_reason = NULL,
        token_expires_at = %(token_expires_at)s,
        refresh_due_at = %(refresh_due_at)s,
        grant_final_at = %(grant_final_at)s,
        grant_idle_at = %(grant_idle_at)s,
        scopes = %(scopes)s,
        secret_version = %(secret_version)s,
        last_refreshed_at = clock_timestamp(),
        updated_at = clock_timestamp()
    WHERE
        organisation_id = %(organisation_id)s
        AND id = %(id)s
        AND credential_id = %(credential_id)s
        AND status = ANY (%(statuses)s)
        AND (
            secret_version < %(secret_version)s
            OR (secret_version = %(secret_version)s AND status = %(active)s)
        )
    RETURNING organisation_id, app_id, auth_type, made_with
),
released AS (
    UPDATE refresh_leases
    SET held_until = NULL, token_fingerprint = NULL, token_version = NULL, sent = 0, failures = 0, not_before = NULL
    WHERE organisation_id = %(organisation_id)s AND connection_id = %(id)s AND fence = %(fence)s
    RETURNING connection_id
),
counted AS (
    UPDATE app_incidents AS incident
    SET renewed = renewed + 1
    FROM recorded
    WHERE
        incident.organisation_id = recorded.organisation_id
        AND incident.app_id = recorded.app_id
        AND incident.auth_type = recorded.auth_type
        AND incident.client_id = recorded.made_with #>> '{client,client_id}'
        AND incident.window_from > clock_timestamp() - make_interval(secs => %(window_seconds)s)
        AND incident.renewed < 10 * (incident.refused + 1)
)
SELECT (SELECT count(*) FROM recorded) AS recorded, (SELECT count(*) FROM released) AS released
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
