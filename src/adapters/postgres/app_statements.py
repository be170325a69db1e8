"""The statements of the apps' store. A deleted app is there for its connections alone."""

ADD = """
INSERT INTO apps (
    id, organisation_id, callback_id, name, server_name, server_url, configs, image_url, relay_callback_url,
    relay_callback_key, return_urls, allowed_origins, public, secrets_version, foreign_members, created_at, updated_at
)
VALUES (
    %(id)s, %(organisation_id)s, %(callback_id)s, %(name)s, %(server_name)s, %(server_url)s, %(configs)s, %(image_url)s,
    %(relay_callback_url)s, %(relay_callback_key)s, %(return_urls)s, %(allowed_origins)s, %(public)s,
    %(secrets_version)s, %(foreign_members)s, %(created_at)s, %(updated_at)s
)
ON CONFLICT (relay_callback_key) DO NOTHING
RETURNING id
"""

GET_KEPT = "SELECT * FROM apps WHERE organisation_id = %(organisation_id)s AND id = %(id)s"
GET = GET_KEPT + " AND deleted_at IS NULL"
SECRETS_VERSION = "SELECT secrets_version FROM apps WHERE organisation_id = %(organisation_id)s AND id = %(id)s"
GET_USABLE = """
SELECT * FROM apps WHERE (organisation_id = %(organisation_id)s OR public) AND id = %(id)s AND deleted_at IS NULL
"""
GET_PUBLIC = "SELECT * FROM apps WHERE public AND id = %(id)s AND deleted_at IS NULL"

# Of two at once the one with the newer secrets stays, whichever comes last.
REPLACE = """
UPDATE apps
SET
    name = %(name)s,
    server_name = %(server_name)s,
    server_url = %(server_url)s,
    configs = %(configs)s,
    image_url = %(image_url)s,
    relay_callback_url = %(relay_callback_url)s,
    relay_callback_key = %(relay_callback_key)s,
    return_urls = %(return_urls)s,
    allowed_origins = %(allowed_origins)s,
    public = %(public)s,
    secrets_version = %(secrets_version)s,
    foreign_members = %(foreign_members)s,
    updated_at = %(updated_at)s
WHERE
    organisation_id = %(organisation_id)s
    AND id = %(id)s
    AND deleted_at IS NULL
    AND secrets_version < %(secrets_version)s
"""

DELETE = """
UPDATE apps
SET deleted_at = clock_timestamp(), relay_callback_key = NULL
WHERE organisation_id = %(organisation_id)s AND id = %(id)s AND deleted_at IS NULL
RETURNING id
"""

# Two questions, for each has its index: that of the public apps, and that of those that allow any origin (0020).
ANY_ALLOWS = """
SELECT
    EXISTS (
        SELECT FROM apps
        WHERE
            organisation_id = %(organisation_id)s
            AND deleted_at IS NULL
            AND allowed_origins <> '{}'
            AND %(origin)s = ANY (allowed_origins)
    )
    OR EXISTS (SELECT FROM apps WHERE public AND deleted_at IS NULL AND %(origin)s = ANY (allowed_origins)) AS allowed
"""

PUBLIC_CONFIGS_OF_CLIENT = """
SELECT config
FROM apps, jsonb_array_elements(configs) AS config
WHERE public AND deleted_at IS NULL AND organisation_id <> %(organisation_id)s AND config @> %(client)s
"""

LEARN_AUTH_STYLE = """
UPDATE apps
SET configs = (
    SELECT jsonb_agg(
        CASE WHEN config @> %(unknown)s THEN config || %(known)s ELSE config END
        ORDER BY position
    )
    FROM jsonb_array_elements(configs) WITH ORDINALITY AS element (config, position)
)
WHERE organisation_id = %(organisation_id)s AND id = %(id)s AND configs @> jsonb_build_array(%(unknown)s)
"""
