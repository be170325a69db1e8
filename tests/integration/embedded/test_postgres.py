"""A Postgres of our own: for those who have the password alone, and the same one again after whatever ended it."""

import os
import stat
from pathlib import Path
from signal import SIGKILL

import psycopg
import pytest

from adapters.embedded.accounts import account_for_postgres
from adapters.embedded.data_folder import in_use
from adapters.embedded.errors import EmbeddedServerFailed
from adapters.embedded.processes import ChildProcess
from domain.secret import Secret
from tests.integration.embedded.servers import StartPostgres, query


def databases(dsn: Secret) -> set[object]:
    return {row[0] for row in query(dsn, "SELECT datname FROM pg_database")}


def test_it_asks_even_the_superuser_for_the_password(postgres_folder: Path, start_postgres: StartPostgres) -> None:
    postgres = start_postgres(postgres_folder)
    assert query(postgres.dsn, "SELECT current_user") == [("postgres",)]
    wrong = postgres.dsn_of("postgres", role="postgres", password=Secret("wrong"))
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        query(wrong, "SELECT 1")


def test_it_does_not_run_as_root(postgres_folder: Path, start_postgres: StartPostgres) -> None:
    postgres = start_postgres(postgres_folder)
    assert Path(f"/proc/{postgres.pid}").stat().st_uid != 0


def test_a_role_may_log_in_and_nothing_else(postgres_folder: Path, start_postgres: StartPostgres) -> None:
    postgres = start_postgres(postgres_folder)
    name, password = 'ap"p', Secret("it's : @ / secret")

    postgres.create_role(name, password)

    privileges = "rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls"
    dsn = postgres.dsn_of("postgres", role=name, password=password)
    assert query(dsn, f"SELECT {privileges} FROM pg_roles WHERE rolname = current_user") == [(False,) * 5]  # noqa: S608 - a constant


def test_a_role_that_is_there_gets_the_new_password(postgres_folder: Path, start_postgres: StartPostgres) -> None:
    postgres = start_postgres(postgres_folder)
    postgres.create_role("app", Secret("old"))

    postgres.create_role("app", Secret("new"))

    assert query(postgres.dsn_of("postgres", role="app", password=Secret("new")), "SELECT 1") == [(1,)]
    with pytest.raises(psycopg.OperationalError):
        query(postgres.dsn_of("postgres", role="app", password=Secret("old")), "SELECT 1")


def test_the_owner_of_a_database_makes_tables_there_and_keeps_them_when_it_is_asked_for_again(
    postgres_folder: Path, start_postgres: StartPostgres
) -> None:
    postgres = start_postgres(postgres_folder)
    postgres.create_role("owner", Secret("owner's"))
    postgres.create_database("owned", owner="owner")
    dsn = postgres.dsn_of("owned", role="owner", password=Secret("owner's"))
    with psycopg.connect(dsn.reveal()) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS one")

    postgres.create_database("owned", owner="owner")

    assert query(dsn, "SELECT one FROM kept") == [(1,)]


def test_a_password_that_is_refused_is_neither_logged_nor_told(
    postgres_folder: Path, start_postgres: StartPostgres
) -> None:
    postgres = start_postgres(postgres_folder)
    with pytest.raises(EmbeddedServerFailed, match="Postgres refused") as refused:
        postgres.create_role("postgres", Secret("not-to-be-seen"))  # the first superuser must stay one
    assert "not-to-be-seen" not in str(refused.value)
    assert "not-to-be-seen" not in (postgres_folder / "postgres.log").read_text()


def test_its_data_is_there_after_a_stop_and_a_start_on_the_same_port(
    postgres_folder: Path, start_postgres: StartPostgres
) -> None:
    first = start_postgres(postgres_folder)
    with psycopg.connect(first.dsn.reveal()):  # a client that stays does not hold up the stop
        first.stop()
    assert not first.process.is_running()

    second = start_postgres(postgres_folder, port=first.port)

    assert second.dsn == first.dsn
    assert "before" in databases(second.dsn)


def test_its_data_is_there_after_the_server_was_killed(postgres_folder: Path, start_postgres: StartPostgres) -> None:
    first = start_postgres(postgres_folder)
    first.create_database("just_before")
    os.kill(first.pid, SIGKILL)

    second = start_postgres(postgres_folder, port=first.port)

    assert {"before", "just_before"} <= databases(second.dsn)


def test_a_process_number_left_behind_that_another_process_has_by_now_is_no_obstacle(
    postgres_folder: Path, start_postgres: StartPostgres
) -> None:
    first = start_postgres(postgres_folder)
    left_behind = (postgres_folder / "cluster" / "postmaster.pid").read_text()
    first.stop()
    stranger = ChildProcess.start(["sleep", "60"], name="A stranger", account=account_for_postgres(), cwd=Path("/"))
    with stranger.killed_on_error():
        number_left = left_behind.replace(str(first.pid), str(stranger.pid), 1)
        (postgres_folder / "cluster" / "postmaster.pid").write_text(number_left)

        second = start_postgres(postgres_folder)

        assert "before" in databases(second.dsn)
    stranger.stop()


def test_a_cluster_that_was_half_made_is_made_anew(tmp_path: Path, start_postgres: StartPostgres) -> None:
    half_made = tmp_path / "cluster.new"
    half_made.mkdir()
    (half_made / "PG_VERSION").write_text("18\n")

    postgres = start_postgres(tmp_path)

    assert query(postgres.dsn, "SELECT 1") == [(1,)]
    assert not half_made.exists()


def test_it_runs_below_a_home_that_is_closed_to_others_and_leaves_it_closed(
    tmp_path: Path, start_postgres: StartPostgres
) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    (home / "project").mkdir()
    (home / "project").chmod(0o755)
    folder = home / "project" / "postgres"

    first = start_postgres(folder)
    first.create_database("at_home")
    first.stop()
    second = start_postgres(folder)

    assert "at_home" in databases(second.dsn)
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (home, home / "project", folder, folder / "cluster")]
    assert modes == [0o700, 0o755, 0o700, 0o700]


def test_its_folder_is_in_use_until_its_last_process_has_ended(
    postgres_folder: Path, start_postgres: StartPostgres
) -> None:
    postgres = start_postgres(postgres_folder)
    with pytest.raises(EmbeddedServerFailed, match="is in use"), in_use(postgres_folder, within_seconds=0):
        pytest.fail("taken from a running server")

    postgres.process.stop(signal=SIGKILL)  # its children see it, and end a moment later

    with in_use(postgres_folder, within_seconds=30):
        pass
    start_postgres(postgres_folder)  # takes up what a killed one leaves in the kernel


def test_only_we_can_read_the_superusers_password(postgres_folder: Path) -> None:
    status = (postgres_folder / "superuser-password").stat()
    assert (status.st_uid, stat.S_IMODE(status.st_mode)) == (os.geteuid(), 0o600)
