"""``switchboard doctor --reconcile`` as an operator runs it."""

import json
import os
import subprocess

import pytest

from app.cli.reconciling import report, told
from app.cli.subcommand import subcommand
from domain.secret import Secret
from tests.integration.cli.reconciling import Stores, credential
from tests.support.service import Setting, answered

STRAY = "01JDF3N3E3ZQ8S1V5W6X7Y8Z9A"
NOWHERE = Secret("postgresql://me:hunter2@127.0.0.1:9/nothing")


def doctor(
    *options: str, stores: Stores, token: Secret | None = None, dsn: Secret | None = None
) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("SWITCHBOARD_", "VAULT_"))}
    vault = stores.service.vault
    settings = {
        "SWITCHBOARD_DATABASE_URL": (dsn or stores.service.dsn).reveal(),
        "SWITCHBOARD_VAULT_ADDR": vault.address,
        "SWITCHBOARD_VAULT_TOKEN": (token or stores.operator_token).reveal(),
        "SWITCHBOARD_VAULT_KV_MOUNT": vault.mount,
    }
    command = subcommand("doctor", *options)
    return subprocess.run(command, env=inherited | settings, capture_output=True, text=True, check=False)


async def test_where_both_agree_it_ends_with_0(stores: Stores, relay: Setting) -> None:
    await relay.connection()
    await stores.keep(credential(relay.caller.organisation_id, STRAY))  # under way, for all that is known
    run = doctor("--reconcile", "--apply", stores=stores)
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout == "Secrets without records: 0. Records without secrets: 0. Both stores agree.\n"
    assert await stores.has(credential(relay.caller.organisation_id, STRAY))


async def test_a_record_without_secret_ends_it_with_1_and_says_what_to_do(stores: Stores, relay: Setting) -> None:
    connection_id = await relay.connection()
    connection = answered(await relay.caller.get(f"connections/{connection_id}"))
    await stores.lose(credential(connection["orgId"], connection["credentialId"]))
    run = doctor("--reconcile", stores=stores)
    assert run.returncode == 1, run.stderr
    assert f"Connection {connection_id} has lost its grant: have its user connect again" in run.stdout
    run = doctor("--reconcile", "--json", stores=stores)
    [record] = json.loads(run.stdout)["recordsWithoutSecrets"]
    assert (run.returncode, record["connectionId"]) == (1, connection_id)
    run = doctor("--reconcile", "--apply", stores=stores)
    assert run.returncode == 0, run.stderr
    assert run.stdout.startswith("marked: record without secret: ")


async def test_an_orphan_is_told_and_counted(
    stores: Stores, relay: Setting, capsys: pytest.CaptureFixture[str]
) -> None:
    path = credential(relay.caller.organisation_id, STRAY)
    await stores.keep(path)
    dry = await stores.found()
    assert told(dry[0]).startswith(f"secret without record: {path.organisation_id}/credentials/{STRAY} (version 1, cre")
    assert report(dry, apply=False, as_json=False) == 1
    assert "Nothing was changed; run again with --apply" in capsys.readouterr().out
    applied = await stores.found(apply=True)
    assert told(applied[0]).startswith("destroyed: secret without record: ")
    assert report(applied, apply=True, as_json=False) == 0
    assert capsys.readouterr().out.endswith(" Destroyed: 1. Marked: 0.\n")
    assert report(applied, apply=True, as_json=True) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["applied"], document["secretsWithoutRecords"][0]["destroyed"]) == (True, True)


def test_apply_alone_is_wrong_use(stores: Stores) -> None:
    run = doctor("--apply", stores=stores)
    assert run.returncode == 2
    assert "--apply needs --reconcile" in run.stderr


def test_the_services_token_is_denied_and_an_operators_asked_for(stores: Stores) -> None:
    run = doctor("--reconcile", stores=stores, token=stores.service.vault.service_token)
    assert run.returncode == 3
    assert "Give doctor an operator's token" in run.stderr


async def test_postgres_away_ends_it_with_3_and_nothing_is_destroyed(stores: Stores) -> None:
    await stores.keep(credential("acme", STRAY))
    run = doctor("--reconcile", "--apply", stores=stores, dsn=NOWHERE)
    assert run.returncode == 3
    assert "hunter2" not in run.stdout + run.stderr
    assert await stores.has(credential("acme", STRAY))


async def test_another_database_is_refused(stores: Stores) -> None:
    await stores.keep(credential("acme", STRAY))
    run = doctor("--reconcile", "--apply", stores=stores)
    assert run.returncode == 1
    assert "Postgres has no organisation at all" in run.stderr
