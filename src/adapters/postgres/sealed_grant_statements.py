"""The statements of sealed grants. Those that a refresh needs are for several at once, as in ``lease_statements``."""

# What a grant belongs to is locked, so that it is there still when the row is: whoever removes it comes after.
ADD = """
WITH asked AS (
    SELECT *
    FROM jsonb_to_recordset(%(asked)s) AS asked (
        organisation_id text, id text, credential_id text, version bigint, sealed_key text, ciphertext text
    )
    LIMIT 32
),
flow AS (
    SELECT asked.id
    FROM asked
    JOIN flows ON flows.organisation_id = asked.organisation_id AND flows.credential_id = asked.credential_id
    WHERE flows.status = ANY (%(not_over)s)
    FOR SHARE OF flows
),
credential AS (
    SELECT asked.id
    FROM asked
    JOIN credentials
        ON credentials.organisation_id = asked.organisation_id AND credentials.id = asked.credential_id
    WHERE NOT credentials.removing
    FOR SHARE OF credentials
)
INSERT INTO sealed_grants (
    attempt, organisation_id, credential_id, version, sealed_key, ciphertext, sealed_at, taken_until
)
SELECT
    id, organisation_id, credential_id, version, sealed_key, decode(ciphertext, 'base64'), now,
    now + make_interval(secs => %(seconds)s)
FROM asked, (SELECT clock_timestamp() AS now) AS clock
WHERE id IN (SELECT id FROM flow) OR id IN (SELECT id FROM credential)
ORDER BY id
ON CONFLICT (attempt) DO UPDATE SET taken_until = excluded.taken_until
RETURNING attempt AS id
"""

OF = """
SELECT asked.id, sealed_grants.*
FROM (
    SELECT * FROM jsonb_to_recordset(%(asked)s) AS asked (organisation_id text, id text) LIMIT 32
) AS asked
JOIN sealed_grants
    ON sealed_grants.organisation_id = asked.organisation_id AND sealed_grants.credential_id = asked.id
ORDER BY sealed_grants.version, sealed_grants.sealed_at
"""

# The outer SELECT sees the row as it was before it was taken.
TAKE = """
WITH taken AS (
    UPDATE sealed_grants
    SET taken_until = clock_timestamp() + make_interval(secs => %(seconds)s)
    WHERE
        organisation_id = %(organisation_id)s
        AND attempt = %(attempt)s
        AND set_aside IS NULL
        AND taken_until <= clock_timestamp()
    RETURNING attempt
)
SELECT EXISTS (SELECT FROM taken) AS is_ours
FROM sealed_grants
WHERE organisation_id = %(organisation_id)s AND attempt = %(attempt)s AND set_aside IS NULL
"""

TAKE_WAITING = """
UPDATE sealed_grants
SET taken_until = clock_timestamp() + make_interval(secs => %(seconds)s)
WHERE attempt = ANY (ARRAY (
    SELECT attempt
    FROM sealed_grants AS waiting
    WHERE
        set_aside IS NULL
        AND taken_until <= clock_timestamp()
        AND NOT EXISTS (
            SELECT
            FROM sealed_grants AS earlier
            WHERE
                earlier.organisation_id = waiting.organisation_id
                AND earlier.credential_id = waiting.credential_id
                AND earlier.version < waiting.version
                AND earlier.set_aside IS DISTINCT FROM %(superseded)s
        )
    ORDER BY sealed_at
    LIMIT %(first)s
    FOR UPDATE SKIP LOCKED
))
RETURNING *
"""

RELEASE = """
UPDATE sealed_grants
SET taken_until = clock_timestamp()
WHERE organisation_id = %(organisation_id)s AND attempt = %(attempt)s
"""

REMOVE = """
WITH asked AS (
    SELECT *
    FROM jsonb_to_recordset(%(asked)s) AS asked (organisation_id text, id text, credential_id text)
    LIMIT 32
),
removed AS (
    DELETE FROM sealed_grants
    USING asked
    WHERE sealed_grants.organisation_id = asked.organisation_id AND sealed_grants.attempt = asked.id
    RETURNING sealed_grants.attempt
)
SELECT
    id,
    id IN (SELECT attempt FROM removed)
    OR EXISTS (
        SELECT
        FROM flows
        WHERE
            flows.organisation_id = asked.organisation_id
            AND flows.credential_id = asked.credential_id
            AND flows.status = ANY (%(not_over)s)
    )
    OR EXISTS (
        SELECT
        FROM credentials
        WHERE
            credentials.organisation_id = asked.organisation_id
            AND credentials.id = asked.credential_id
            AND NOT credentials.removing
    ) AS belonged
FROM asked
"""

SET_ASIDE = """
WITH aside AS (
    UPDATE sealed_grants
    SET set_aside = %(why)s, taken_until = clock_timestamp()
    WHERE organisation_id = %(organisation_id)s AND attempt = %(attempt)s
    RETURNING organisation_id, credential_id
)
SELECT append_audit_event(organisation_id, 'credential.grant_set_aside', 'credential', credential_id, %(why)s)
FROM aside
"""

GIVE_UP = """
WITH given_up AS (
    DELETE FROM sealed_grants
    WHERE
        organisation_id = %(organisation_id)s
        AND credential_id = %(credential_id)s
        AND taken_until <= clock_timestamp()
    RETURNING attempt
)
SELECT attempt
FROM sealed_grants
WHERE
    organisation_id = %(organisation_id)s
    AND credential_id = %(credential_id)s
    AND attempt NOT IN (SELECT attempt FROM given_up)
"""

BACKLOG = """
SELECT
    count(*) FILTER (WHERE set_aside IS NULL) AS waiting,
    count(*) FILTER (WHERE set_aside IS NOT NULL) AS set_aside,
    COALESCE(
        extract(epoch FROM clock_timestamp() - min(sealed_at) FILTER (WHERE set_aside IS NULL)), 0
    )::float8 AS seconds
FROM sealed_grants
"""
