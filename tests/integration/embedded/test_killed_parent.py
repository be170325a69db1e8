"""Whatever ends us ends our servers, and the next start goes on with their data."""

import json
import subprocess
import sys
from pathlib import Path

from tests.integration.embedded.servers import (
    PARENT,
    StartOpenBao,
    StartPostgres,
    family,
    kept,
    query,
    running,
    wait_for,
)


def test_a_killed_parent_leaves_nothing_running_and_the_next_start_waits_for_what_is_ending(
    openbao_folder: Path, postgres_folder: Path, start_openbao: StartOpenBao, start_postgres: StartPostgres
) -> None:
    command: list[str | Path] = [sys.executable, PARENT, openbao_folder, postgres_folder]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        pids = json.loads(parent.stdout.readline())
        processes = family(parent.pid)
        assert set(pids) <= running(processes)
        parent.kill()

    openbao, postgres = start_openbao(openbao_folder), start_postgres(postgres_folder)

    assert kept(openbao) == "before"
    assert query(postgres.dsn, "SELECT 1 FROM pg_database WHERE datname = 'before'") == [(1,)]
    wait_for(lambda: not running(processes))


def test_a_parent_killed_during_the_first_start_leaves_nothing_running_and_nothing_to_mend(
    tmp_path: Path, start_openbao: StartOpenBao, start_postgres: StartPostgres
) -> None:
    folder = tmp_path / "openbao"
    command: list[str | Path] = [sys.executable, PARENT, folder, tmp_path / "postgres"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as parent:
        wait_for(lambda: (folder / "initialising").exists() or (folder / "keys.json").exists())
        processes = family(parent.pid)
        parent.kill()
    wait_for(lambda: not running(processes))

    assert start_openbao(folder).process.is_running()
    assert query(start_postgres(tmp_path / "postgres").dsn, "SELECT 1") == [(1,)]
