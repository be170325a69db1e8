from pathlib import Path

from app.cli.dev_service import service_environment
from domain.secret import Secret


def environment(ours: dict[str, str], *, config: Path | None = None) -> dict[str, str]:
    made = service_environment(
        ours,
        config=config,
        port=8081,
        database_url=Secret("postgresql://switchboard@127.0.0.1:1/switchboard"),
        vault_addr="http://127.0.0.1:2",
        vault_token_file=Path("/data/service-vault-token"),
        admin_key=Secret("a" * 32),
    )
    return dict(made)


def test_the_users_settings_and_all_else_go_through() -> None:
    ours = {"PATH": "/bin", "SWITCHBOARD_FLOW_TTL": "5", "SWITCHBOARD_VAULT_KV_MOUNT": "team/kv"}
    assert ours.items() <= environment(ours).items()


def test_where_the_servers_are_is_ours_to_say() -> None:
    told = environment({"SWITCHBOARD_PUBLIC_URL": "https://elsewhere", "SWITCHBOARD_BIND": "0.0.0.0:1"})
    assert told["SWITCHBOARD_PUBLIC_URL"] == "http://127.0.0.1:8081"
    assert told["SWITCHBOARD_BIND"] == "127.0.0.1:8081"
    assert told["SWITCHBOARD_VAULT_TOKEN_FILE"] == "/data/service-vault-token"
    assert told["SWITCHBOARD_ALLOW_INSECURE_PROVIDERS"] == "true"


def test_nothing_is_left_of_how_the_user_logs_in_at_another_vault() -> None:
    others = {
        "VAULT_TOKEN": "root",
        "VAULT_NAMESPACE": "team",
        "SWITCHBOARD_VAULT_TOKEN": "root",
        "SWITCHBOARD_VAULT_NAMESPACE": "team",
        "SWITCHBOARD_VAULT_CACERT": "/ca.pem",
        "SWITCHBOARD_VAULT_ROLE": "r",
    }
    assert not others.keys() & environment(others).keys()


def test_a_file_of_settings_is_handed_on(tmp_path: Path) -> None:
    assert environment({}, config=tmp_path / "settings.toml")["SWITCHBOARD_CONFIG"] == str(tmp_path / "settings.toml")
