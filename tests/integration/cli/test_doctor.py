"""``switchboard doctor`` as an operator runs it."""

import json
import os
import subprocess
from collections.abc import Mapping
from typing import Any

from app.cli.subcommand import subcommand
from domain.secret import Secret
from tests.support.servers import PostgresServer
from tests.support.vault import VaultMount


def doctor(*options: str, dsn: Secret, vault: VaultMount) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("SWITCHBOARD_", "VAULT_"))}
    settings = {
        "SWITCHBOARD_PUBLIC_URL": "http://127.0.0.1:9",
        "SWITCHBOARD_DATABASE_URL": dsn.reveal(),
        "SWITCHBOARD_VAULT_ADDR": vault.address,
        "SWITCHBOARD_VAULT_TOKEN": vault.service_token.reveal(),
        "SWITCHBOARD_VAULT_KV_MOUNT": vault.mount,
        "SWITCHBOARD_VAULT_TRANSIT_MOUNT": vault.transit_mount,
    }
    command = subcommand("doctor", *options)
    return subprocess.run(command, env=inherited | settings, capture_output=True, text=True, check=False)


def found(run: subprocess.CompletedProcess[str]) -> Mapping[str, Any]:
    return {finding["about"]: finding["state"] for finding in json.loads(run.stdout)["findings"]}


def test_where_all_is_well_it_ends_with_0_and_gives_advice(migrated_database: Secret, vault: VaultMount) -> None:
    run = doctor("--json", dsn=migrated_database, vault=vault)
    assert run.returncode == 0, run.stderr
    assert {about for about, state in found(run).items() if state != "ok"} == {"public URL"}


def test_what_is_wrong_ends_it_with_1_and_says_how_to_mend_it(
    postgres_server: PostgresServer, vault: VaultMount
) -> None:
    with postgres_server.database() as dsn:
        run = doctor(dsn=dsn, vault=vault)
    assert run.returncode == 1
    assert "Run: switchboard migrate" in run.stdout


def test_what_is_away_ends_it_with_3_and_the_rest_is_looked_at(vault: VaultMount) -> None:
    run = doctor("--json", dsn=Secret("postgresql://me:hunter2@127.0.0.1:9/nothing"), vault=vault)
    assert run.returncode == 3
    states = found(run)
    assert (states["postgres"], states["vault: credentials"]) == ("unreachable", "ok")
    assert "hunter2" not in run.stdout + run.stderr
