"""The statements of the credentials' store.

A record is due at ``DUE_AT``, as the index ``credentials_due`` has it: ``removal_at`` is set while its first version
waits to be settled, and from the beginning of its removal on.
"""

# Not COALESCE, which the planner takes for one that may leak: it would keep row security before the index.
DUE_AT = "CASE WHEN removal_at IS NULL THEN expires_at ELSE removal_at END"

FOUND = """
    NOT credentials.removing
    AND credentials.secret_version IS DISTINCT FROM 0
    AND (credentials.expires_at IS NULL OR credentials.expires_at > clock_timestamp())
"""

# As FOUND, but for the time: what the index of the expired ones is of. No index is read by a clock that goes on.
TOTAL = """
SELECT (
    (SELECT coalesce(sum(number), 0) FROM credential_counts WHERE organisation_id = %(organisation_id)s)
    - (
        SELECT count(*)
        FROM credentials
        WHERE
            organisation_id = %(organisation_id)s
            AND NOT removing
            AND secret_version IS DISTINCT FROM 0
            AND expires_at <= statement_timestamp()
    )
)::bigint
"""

# The connection's columns by their names, the credential's own with ``own_``.
COLUMNS = """
    connections.*,
    credentials.id AS own_id,
    credentials.organisation_id AS own_organisation_id,
    credentials.name AS own_name,
    credentials.type AS own_type,
    credentials.redact_fields AS own_redact_fields,
    credentials.expires_at AS own_expires_at,
    credentials.secret_version AS own_secret_version,
    credentials.created_at AS own_created_at,
    credentials.updated_at AS own_updated_at
"""
OWNER = """
LEFT JOIN connections
    ON connections.organisation_id = credentials.organisation_id AND connections.id = credentials.connection_id
"""

ADD = """
INSERT INTO credentials (
    id, organisation_id, name, type, redact_fields, expires_at, secret_version, next_terms, next_version, next_until,
    removal_at, created_at, updated_at
)
SELECT
    %(id)s, %(organisation_id)s, %(name)s, %(type)s, %(redact_fields)s, %(expires_at)s, 0, %(terms)s, 1, later,
    later, now, now
FROM
    (SELECT clock_timestamp() AS now) AS clock,
    LATERAL (SELECT now + make_interval(secs => %(seconds)s) AS later) AS deadline
"""

GET = f"""
SELECT {COLUMNS}
FROM credentials {OWNER}
WHERE credentials.organisation_id = %(organisation_id)s AND credentials.id = %(id)s AND {FOUND}
"""  # noqa: S608 - constants of this file

ANNOUNCE = f"""
UPDATE credentials
SET
    next_terms = %(terms)s,
    next_version = %(version)s,
    next_until = clock_timestamp() + make_interval(secs => %(seconds)s)
WHERE
    organisation_id = %(organisation_id)s
    AND id = %(id)s
    AND secret_version = %(version)s - 1
    AND (next_until IS NULL OR next_until <= clock_timestamp())
    AND {FOUND}
"""  # noqa: S608 - constants of this file

SETTLE = """
UPDATE credentials
SET
    name = next_terms ->> 'name',
    type = next_terms ->> 'type',
    redact_fields = ARRAY (SELECT jsonb_array_elements_text(next_terms -> 'redact_fields')),
    expires_at = (next_terms ->> 'expires_at')::timestamptz,
    updated_at = CASE WHEN secret_version = 0 THEN created_at ELSE clock_timestamp() END,
    secret_version = next_version,
    next_terms = NULL,
    next_version = NULL,
    next_until = NULL,
    removal_at = NULL
WHERE
    organisation_id = %(organisation_id)s AND id = %(id)s AND next_version = %(version)s AND NOT removing
"""

WITHDRAW = """
UPDATE credentials
SET next_terms = NULL, next_version = NULL, next_until = NULL
WHERE organisation_id = %(organisation_id)s AND id = %(id)s AND next_version = %(version)s AND secret_version > 0
"""

TAKE_UNSETTLED = """
UPDATE credentials
SET next_until = clock_timestamp() + make_interval(secs => %(seconds)s)
WHERE id = ANY (ARRAY (
    SELECT id
    FROM credentials
    WHERE next_until <= statement_timestamp() AND secret_version > 0
    ORDER BY next_until
    LIMIT %(first)s
    FOR UPDATE SKIP LOCKED
))
RETURNING organisation_id, id, next_version
"""

BEGIN_REMOVAL = f"""
UPDATE credentials
SET
    removing = TRUE,
    removal_at = clock_timestamp() + make_interval(secs => %(seconds)s),
    next_terms = NULL,
    next_version = NULL,
    next_until = NULL
WHERE organisation_id = %(organisation_id)s AND id = %(id)s AND connection_id IS NULL AND {FOUND}
"""  # noqa: S608 - constants of this file

# One that is announced anew is settled first (TAKE_UNSETTLED): its new terms may give it longer.
TAKE_DUE = f"""
UPDATE credentials
SET
    removing = TRUE,
    removal_at = clock_timestamp() + make_interval(secs => %(seconds)s),
    next_terms = NULL,
    next_version = NULL,
    next_until = NULL
WHERE id = ANY (ARRAY (
    SELECT id
    FROM credentials
    WHERE
        {DUE_AT} <= statement_timestamp()
        AND (removal_at IS NOT NULL OR next_until IS NULL)
    ORDER BY {DUE_AT}
    LIMIT %(first)s
    FOR UPDATE SKIP LOCKED
))
RETURNING organisation_id, id, connection_id
"""  # noqa: S608 - constants of this file

# Of one organisation: what TAKE_DUE took is of many.
END_CONNECTIONS = """
UPDATE connections
SET status = %(ended)s, status_reason = 'token_expired', updated_at = clock_timestamp()
WHERE
    organisation_id = %(organisation_id)s
    AND id = ANY (%(ids)s)
    AND credential_id = ANY (%(credential_ids)s)
    AND status = ANY (%(statuses)s)
"""

REMOVE = "DELETE FROM credentials WHERE id = ANY (%(ids)s) AND removing"

SECONDS_LATE = f"""
SELECT COALESCE(extract(epoch FROM clock_timestamp() - min(due)), 0)::float8 AS late
FROM (
    SELECT {DUE_AT} AS due
    FROM credentials
    WHERE
        {DUE_AT} <= statement_timestamp()
        AND (removal_at IS NOT NULL OR next_until IS NULL)
    ORDER BY {DUE_AT}
    LIMIT 1
) AS longest_due
"""  # noqa: S608 - constants of this file
