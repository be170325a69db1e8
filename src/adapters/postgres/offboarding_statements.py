"""The statements by which an organisation leaves. What is looked for in batches is read along an index, a batch of it.

Under way, and left to whoever does it, is what may yet be written: a flow that is being finished, a credential that is
announced, and a connection that is ``deleting`` and young: it may be one that is being created, whose secret comes
before it is confirmed. ``end_grant.IDLE_SECONDS`` is how long that is, for whoever goes on with deletions too.
"""

_CLAIMED = "status = 'finishing' AND overdue_at > clock_timestamp()"
_ANNOUNCED = "next_until > clock_timestamp()"
_YOUNG = "status = 'deleting' AND updated_at > clock_timestamp() - interval '60 s'"

MARK = """
UPDATE organisations
SET deleting_at = COALESCE(deleting_at, clock_timestamp())
WHERE id = %(organisation_id)s
RETURNING id
"""

# No flow begins with an app of it any more, of any organisation.
CLOSE = """
UPDATE apps
SET deleted_at = clock_timestamp(), relay_callback_key = NULL
WHERE organisation_id = %(organisation_id)s AND deleted_at IS NULL
"""

MARKED = """
SELECT id FROM organisations WHERE deleting_at IS NOT NULL AND id > %(after)s ORDER BY id LIMIT 100
"""

SECONDS_LATE = """
SELECT extract(epoch FROM clock_timestamp() - min(deleting_at)) AS late FROM organisations WHERE deleting_at IS NOT NULL
"""

# A flow's credential id is where its grant is, or would come to be. A connection may outlive its credential's record.
# What other organisations connected to a public app of this one lives by its secret, and ends with it.
# A branch is read only as far as those before it left room: credentials before the connections that wait for them. Each
# has its index's order, or the planner reads the whole table for what is most of it, and what was removed each time.
SECRETS_OF_CREDENTIALS = f"""
(
    SELECT organisation_id, credential_id AS id
    FROM flows
    WHERE organisation_id = %(organisation_id)s AND ({_CLAIMED}) IS NOT TRUE
    ORDER BY credential_id
    LIMIT %(first)s
)
UNION ALL (
    SELECT organisation_id, credential_id
    FROM flows
    WHERE app_organisation_id = %(organisation_id)s AND ({_CLAIMED}) IS NOT TRUE
    ORDER BY app_id
    LIMIT %(first)s
)
UNION ALL (
    SELECT organisation_id, id
    FROM credentials
    WHERE
        organisation_id = %(organisation_id)s
        AND ({_ANNOUNCED}) IS NOT TRUE
        AND NOT EXISTS (
            SELECT FROM connections
            WHERE organisation_id = credentials.organisation_id AND id = credentials.connection_id AND {_YOUNG}
        )
    ORDER BY id
    LIMIT %(first)s
)
UNION ALL (
    SELECT organisation_id, credential_id
    FROM connections
    WHERE organisation_id = %(organisation_id)s AND NOT ({_YOUNG})
    ORDER BY id
    LIMIT %(first)s
)
UNION ALL (
    SELECT organisation_id, credential_id
    FROM connections
    WHERE app_organisation_id = %(organisation_id)s AND NOT ({_YOUNG})
    ORDER BY app_id
    LIMIT %(first)s
)
LIMIT %(first)s
"""  # noqa: S608 - constants of this file

SECRETS_OF_APPS = """
SELECT organisation_id, id
FROM apps
WHERE
    organisation_id = %(organisation_id)s
    AND NOT EXISTS (SELECT FROM flows WHERE app_organisation_id = apps.organisation_id AND app_id = apps.id)
    AND NOT EXISTS (SELECT FROM connections WHERE app_organisation_id = apps.organisation_id AND app_id = apps.id)
LIMIT %(first)s
"""

# Each within the organisation whose rows they are; newest references first.
FORGET_CREDENTIALS = (
    f"""
    DELETE FROM flows
    WHERE
        organisation_id = %(owner)s
        AND %(organisation_id)s IN (organisation_id, app_organisation_id)
        AND credential_id = ANY (%(credentials)s)
        AND ({_CLAIMED}) IS NOT TRUE
    """,  # noqa: S608 - constants of this file
    f"""
    DELETE FROM credentials
    WHERE
        organisation_id = %(owner)s
        AND id = ANY (%(credentials)s)
        AND ({_ANNOUNCED}) IS NOT TRUE
        AND (
            organisation_id = %(organisation_id)s
            OR EXISTS (
                SELECT FROM connections
                WHERE
                    organisation_id = credentials.organisation_id
                    AND id = credentials.connection_id
                    AND app_organisation_id = %(organisation_id)s
            )
        )
    """,  # noqa: S608 - constants of this file
    """
    DELETE FROM connections
    WHERE
        organisation_id = %(owner)s
        AND credential_id = ANY (%(credentials)s)
        AND %(organisation_id)s IN (organisation_id, app_organisation_id)
        AND NOT EXISTS (
            SELECT FROM credentials
            WHERE organisation_id = connections.organisation_id AND connection_id = connections.id
        )
    """,
)
FORGET_APPS = "DELETE FROM apps WHERE organisation_id = %(organisation_id)s AND id = ANY (%(apps)s)"

UNDER_WAY = f"""
SELECT id FROM flows WHERE organisation_id = %(organisation_id)s AND {_CLAIMED}
UNION ALL
SELECT id FROM flows WHERE app_organisation_id = %(organisation_id)s AND {_CLAIMED}
UNION ALL
SELECT id FROM credentials WHERE organisation_id = %(organisation_id)s AND {_ANNOUNCED}
UNION ALL
SELECT id FROM connections WHERE organisation_id = %(organisation_id)s AND {_YOUNG}
UNION ALL
SELECT id FROM connections WHERE app_organisation_id = %(organisation_id)s AND {_YOUNG}
LIMIT 1
"""  # noqa: S608 - constants of this file

ERASE = (
    "DELETE FROM connection_counts WHERE organisation_id = %(organisation_id)s",
    "DELETE FROM credential_counts WHERE organisation_id = %(organisation_id)s",
    "DELETE FROM api_keys WHERE organisation_id = %(organisation_id)s",
    "DELETE FROM signing_keys WHERE organisation_id = %(organisation_id)s",
    "DELETE FROM organisations WHERE id = %(organisation_id)s AND deleting_at IS NOT NULL",
)
