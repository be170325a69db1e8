"""How many credentials there are, kept as the connections' number is (0006); an index of connections by status.

Kept is how many can be found, whenever they expire; those that have expired, and wait for the job that removes them,
are few, and have an index.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

_COUNTS = 'CREATE TABLE credential_counts (organisation_id text COLLATE "C" NOT NULL, number bigint NOT NULL)'
_INDEX = "CREATE INDEX credential_counts_of_organisation ON credential_counts (organisation_id)"
_EXPIRED = """
CREATE INDEX credentials_expired ON credentials (organisation_id, expires_at)
WHERE expires_at IS NOT NULL AND NOT removing AND secret_version IS DISTINCT FROM 0
"""

_OF_STATUS = "CREATE INDEX connections_of_status ON connections (organisation_id, status, id)"

_FOLD = """
CREATE FUNCTION fold_credential_counts(of_organisation text) RETURNS void LANGUAGE sql AS $$
    WITH held AS (
        SELECT ctid FROM credential_counts WHERE organisation_id = of_organisation LIMIT 1000 FOR UPDATE SKIP LOCKED
    ),
    folded AS (
        DELETE FROM credential_counts USING held WHERE credential_counts.ctid = held.ctid RETURNING number
    )
    INSERT INTO credential_counts (organisation_id, number)
    SELECT of_organisation, sum(number) FROM folded HAVING sum(number) <> 0
$$
"""

_COUNT = """
CREATE FUNCTION count_credentials() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO credential_counts (organisation_id, number)
    SELECT organisation_id, CASE TG_OP WHEN 'INSERT' THEN count(*) ELSE -count(*) END
    FROM changed
    WHERE NOT removing AND secret_version IS DISTINCT FROM 0
    GROUP BY organisation_id;
    PERFORM fold_credential_counts(organisation_id)
    FROM (SELECT DISTINCT organisation_id FROM changed) AS touched
    WHERE random() < 1.0 / 16;
    RETURN NULL;
END
$$
"""
_MOVE = """
CREATE FUNCTION move_credential_count() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO credential_counts (organisation_id, number)
    VALUES (
        NEW.organisation_id, CASE WHEN NOT NEW.removing AND NEW.secret_version IS DISTINCT FROM 0 THEN 1 ELSE -1 END
    );
    IF random() < 1.0 / 16 THEN
        PERFORM fold_credential_counts(NEW.organisation_id);
    END IF;
    RETURN NULL;
END
$$
"""

_ADDED = """
CREATE TRIGGER credentials_added AFTER INSERT ON credentials
REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION count_credentials()
"""
_REMOVED = """
CREATE TRIGGER credentials_removed AFTER DELETE ON credentials
REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION count_credentials()
"""
_MOVED = """
CREATE TRIGGER credentials_moved AFTER UPDATE ON credentials
FOR EACH ROW
WHEN (
    (NOT OLD.removing AND OLD.secret_version IS DISTINCT FROM 0)
    IS DISTINCT FROM (NOT NEW.removing AND NEW.secret_version IS DISTINCT FROM 0)
)
EXECUTE FUNCTION move_credential_count()
"""

_COUNT_WHAT_THERE_IS = """
INSERT INTO credential_counts (organisation_id, number)
SELECT organisation_id, count(*)
FROM credentials
WHERE NOT removing AND secret_version IS DISTINCT FROM 0
GROUP BY organisation_id
"""


def upgrade() -> None:
    # No release that still runs may add a credential between the counting and the triggers.
    locked = "LOCK TABLE credentials IN SHARE ROW EXCLUSIVE MODE"
    kept = (_COUNTS, _INDEX, _EXPIRED, _OF_STATUS, _FOLD, _COUNT, _MOVE)
    for statement in (locked, *kept, _ADDED, _REMOVED, _MOVED, _COUNT_WHAT_THERE_IS):
        op.execute(sa.DDL(statement.strip()))  # type: ignore[no-untyped-call]
