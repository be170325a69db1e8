"""A first start, and what it leaves for its user."""

import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from tests.e2e.development import Dev, ask, start_dev, start_switchboard
from tests.integration.embedded.servers import running


@pytest.fixture(scope="module")
def dev(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dev]:
    started = start_dev(tmp_path_factory.mktemp("first"))
    try:
        started.ready()
        yield started
    finally:
        started.stop()


@pytest.fixture(scope="module")
def ready(dev: Dev) -> Mapping[str, Any]:
    return dev.ready()


def vault(ready: Mapping[str, Any], method: str, path: str, *, token: str) -> httpx.Response:
    with httpx.Client(trust_env=False) as client:
        return client.request(method, f"{ready['vaultAddr']}/v1/{path}", headers={"X-Vault-Token": token})


def test_the_ready_file_has_all_of_its_members_and_is_its_owners_alone(dev: Dev, ready: Mapping[str, Any]) -> None:
    assert stat.S_IMODE(dev.ready_file.stat().st_mode) == 0o600
    assert set(ready) == {
        "url",
        "adminKey",
        "apiKey",
        "organisationId",
        "demoAppId",
        "providerUrl",
        "vaultAddr",
        "vaultToken",
        "postgresDsn",
        "pids",
    }
    assert ready["url"].startswith("http://127.0.0.1:")
    assert ready["organisationId"] == "demo"


def test_what_the_pids_name_runs_below_the_command(dev: Dev, ready: Mapping[str, Any]) -> None:
    assert set(ready["pids"]) == {"service", "vault", "postgres", "provider"}
    pids = set(ready["pids"].values())
    assert pids <= dev.family()
    assert running(pids) == pids


def test_the_api_key_owns_the_organisation_and_its_demo_app(ready: Mapping[str, Any]) -> None:
    app = ask(ready, f"apps/{ready['demoAppId']}")
    assert app["callbackUrl"].startswith(ready["url"])
    [config] = app["supportedAuthConfigs"]
    assert config["isValid"] is True
    assert config["data"]["discoveryUrl"] == f"{ready['providerUrl']}/.well-known/openid-configuration"


def test_the_admin_key_sets_organisations_up(ready: Mapping[str, Any]) -> None:
    response = httpx.post(
        f"{ready['url']}/v1alpha1/organisations",
        headers={"Authorization": f"Bearer {ready['adminKey']}"},
        json={"name": "Acme Ltd"},
        trust_env=False,
    )
    assert response.status_code == 201


def test_the_vault_token_lists_and_reads_the_mount_and_does_nothing_else(ready: Mapping[str, Any]) -> None:
    path = f"demo/apps/{ready['demoAppId']}"
    listed = vault(ready, "LIST", "switchboard/metadata/demo/apps", token=ready["vaultToken"])
    assert listed.json()["data"]["keys"] == [ready["demoAppId"]]
    assert vault(ready, "GET", f"switchboard/data/{path}", token=ready["vaultToken"]).status_code == 200
    assert vault(ready, "DELETE", f"switchboard/metadata/{path}", token=ready["vaultToken"]).status_code == 403
    assert vault(ready, "GET", "sys/mounts", token=ready["vaultToken"]).status_code == 403


def test_the_service_runs_under_its_own_policy_alone(ready: Mapping[str, Any]) -> None:
    environment = environment_of(ready["pids"]["service"])
    token = Path(environment["SWITCHBOARD_VAULT_TOKEN_FILE"]).read_text()
    looked_up = vault(ready, "GET", "auth/token/lookup-self", token=token).json()
    assert looked_up["data"]["policies"] == ["switchboard-service"]
    assert not {"SWITCHBOARD_VAULT_TOKEN", "VAULT_TOKEN"} & set(environment)


def test_the_services_database_is_its_own_and_row_security_holds_it(ready: Mapping[str, Any]) -> None:
    dsn = environment_of(ready["pids"]["service"])["SWITCHBOARD_DATABASE_URL"]
    with psycopg.connect(dsn) as connection:
        [row] = connection.execute(
            "SELECT rolsuper, rolbypassrls, pg_get_userbyid(datdba) = current_user FROM pg_roles, pg_database"
            " WHERE rolname = current_user AND datname = current_database()"
        ).fetchall()
        seen = connection.execute("SELECT count(*) FROM apps").fetchone()
        connection.execute("SELECT set_config('switchboard.organisation_id', %s, TRUE)", [ready["organisationId"]])
        seen_within = connection.execute("SELECT count(*) FROM apps").fetchone()
    assert row == (False, False, True)
    assert (seen, seen_within) == ((0,), (1,))


def test_the_ready_files_dsn_shows_every_row_of_the_services_database(ready: Mapping[str, Any]) -> None:
    with psycopg.connect(ready["postgresDsn"]) as connection:
        assert connection.execute("SELECT count(*) FROM apps").fetchone() == (1,)


def test_the_api_key_is_shown_once_and_nothing_else_printed_or_logged_holds_a_key(
    dev: Dev, ready: Mapping[str, Any]
) -> None:
    root_token = (dev.data_dir / "openbao" / "keys.json").read_text().split('"')[-2]
    password = (dev.data_dir / "database-password").read_text()
    service_token = (dev.data_dir / "service-vault-token").read_text()
    hidden = [ready["adminKey"], ready["vaultToken"], root_token, password, service_token]
    output, logs = dev.output(), dev.logs()
    assert output.count(ready["apiKey"]) == 1
    assert [secret for secret in hidden if secret in output] == []
    assert [secret for secret in [*hidden, ready["apiKey"]] if secret in logs] == []


def test_what_is_kept_is_its_owners_alone(dev: Dev) -> None:
    assert stat.S_IMODE(dev.data_dir.stat().st_mode) == 0o700
    kept = [file for file in dev.data_dir.iterdir() if file.is_file() and file.name != ".gitignore"]
    assert len(kept) > 5
    assert {stat.S_IMODE(file.stat().st_mode) for file in kept} == {0o600}


def test_the_link_that_is_shown_opens_the_start_page(dev: Dev, ready: Mapping[str, Any]) -> None:
    [link] = [line.strip() for line in dev.output().splitlines() if "/connect?ticket=" in line]
    assert link.startswith(ready["url"])
    assert "Give Demo access" in httpx.get(link, trust_env=False).text


def test_a_second_one_on_the_same_folder_is_refused_and_leaves_the_first_alone(dev: Dev, tmp_path: Path) -> None:
    options = ("--port", "0", "--data-dir", str(dev.data_dir), "--ready-file", str(dev.ready_file))
    second = Dev(start_switchboard(tmp_path, "dev", *options), dev.data_dir, dev.ready_file)
    assert second.status() == 1
    assert "is in use: stop the other `switchboard dev`" in " ".join(second.output().split())
    assert ask(dev.ready(), "apps")["totalCount"] == 1


def environment_of(pid: int) -> dict[str, str]:
    entries = Path(f"/proc/{pid}/environ").read_text().split("\0")
    return dict(entry.split("=", 1) for entry in entries if "=" in entry)
