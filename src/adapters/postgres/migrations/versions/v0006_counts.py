"""How many connections there are, kept: to count a million for each page takes a hundred times as long as the page.

How many is a sum. Whoever adds or removes connections adds a row to it, and so waits for nobody; one in sixteen also
folds the rows of that app which nobody else is folding into one.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_COUNTS = """
CREATE TABLE connection_counts (
    organisation_id text COLLATE "C" NOT NULL,
    app_id ulid NOT NULL,
    status text NOT NULL,
    number bigint NOT NULL
)
"""
_INDEX = "CREATE INDEX connection_counts_of_app ON connection_counts (organisation_id, app_id, status)"

_FOLD = """
CREATE FUNCTION fold_connection_counts(of_organisation text, of_app text) RETURNS void LANGUAGE sql AS $$
    WITH held AS (
        SELECT ctid
        FROM connection_counts
        WHERE organisation_id = of_organisation AND app_id = of_app
        LIMIT 1000
        FOR UPDATE SKIP LOCKED
    ),
    folded AS (
        DELETE FROM connection_counts USING held WHERE connection_counts.ctid = held.ctid RETURNING status, number
    )
    INSERT INTO connection_counts (organisation_id, app_id, status, number)
    SELECT of_organisation, of_app, status, sum(number) FROM folded GROUP BY status HAVING sum(number) <> 0
$$
"""

_COUNT = """
CREATE FUNCTION count_connections() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO connection_counts (organisation_id, app_id, status, number)
    SELECT organisation_id, app_id, status, CASE TG_OP WHEN 'INSERT' THEN count(*) ELSE -count(*) END
    FROM changed
    GROUP BY organisation_id, app_id, status;
    PERFORM fold_connection_counts(organisation_id, app_id)
    FROM (SELECT DISTINCT organisation_id, app_id FROM changed) AS touched
    WHERE random() < 1.0 / 16;
    RETURN NULL;
END
$$
"""
_MOVE = """
CREATE FUNCTION move_connection_count() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO connection_counts (organisation_id, app_id, status, number)
    VALUES (OLD.organisation_id, OLD.app_id, OLD.status, -1), (NEW.organisation_id, NEW.app_id, NEW.status, 1);
    IF random() < 1.0 / 16 THEN
        PERFORM fold_connection_counts(NEW.organisation_id, NEW.app_id);
    END IF;
    RETURN NULL;
END
$$
"""

_ADDED = """
CREATE TRIGGER connections_added AFTER INSERT ON connections
REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION count_connections()
"""
_REMOVED = """
CREATE TRIGGER connections_removed AFTER DELETE ON connections
REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION count_connections()
"""
# A refresh updates a connection too, and changes neither: for it the trigger is not even called.
_MOVED = """
CREATE TRIGGER connections_moved AFTER UPDATE ON connections
FOR EACH ROW
WHEN ((OLD.organisation_id, OLD.app_id, OLD.status) IS DISTINCT FROM (NEW.organisation_id, NEW.app_id, NEW.status))
EXECUTE FUNCTION move_connection_count()
"""

_COUNT_WHAT_THERE_IS = """
INSERT INTO connection_counts (organisation_id, app_id, status, number)
SELECT organisation_id, app_id, status, count(*) FROM connections GROUP BY organisation_id, app_id, status
"""


def upgrade() -> None:
    # No release that still runs may add a connection between the counting and the triggers.
    locked = "LOCK TABLE connections IN SHARE ROW EXCLUSIVE MODE"
    kept = (_COUNTS, _INDEX, _FOLD, _COUNT, _MOVE)
    for statement in (locked, *kept, _ADDED, _REMOVED, _MOVED, _COUNT_WHAT_THERE_IS):
        op.execute(sa.DDL(statement.strip()))  # type: ignore[no-untyped-call]
