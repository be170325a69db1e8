"""Settings: file, then environment, then options; what is wrong is named and never quoted."""

import os
from pathlib import Path

import pytest

from app.settings import CONFIG_VARIABLE, PREFIX, LogLevel, Settings, SettingsError, VaultAuth, load
from domain.secret import Secret

_VAULTS = ("VAULT_ADDR", "VAULT_TOKEN", "VAULT_NAMESPACE", "VAULT_CACERT")


@pytest.fixture(autouse=True)
def _a_bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [*_VAULTS, *(name for name in os.environ if name.startswith(PREFIX))]:
        monkeypatch.delenv(name, raising=False)


def a_file(folder: Path, text: str) -> Path:
    path = folder / "switchboard.toml"
    path.write_text(text)
    return path


def refused(options: dict[str, object] | None = None, *, config: Path | None = None) -> str:
    with pytest.raises(SettingsError) as caught:
        load(options or {}, config=config)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    return str(caught.value)


def test_without_anything_there_are_the_defaults() -> None:
    loaded = load({})
    assert loaded.settings == Settings()
    assert set(loaded.sources.values()) == {"default"}
    assert loaded.unknown_variables == []


def test_a_later_source_counts_and_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = a_file(
        tmp_path, 'bind = "1.1.1.1:1"\nvault_kv_mount = "of-file"\nflow_ttl = 60\nvault_addr = "http://f"\n'
    )
    monkeypatch.setenv("SWITCHBOARD_BIND", "2.2.2.2:2")
    monkeypatch.setenv("SWITCHBOARD_VAULT_KV_MOUNT", "of-environment")
    monkeypatch.setenv("VAULT_ADDR", "http://vaults-own")
    loaded = load({"bind": "3.3.3.3:3", "log_level": None}, config=config)
    wanted = {
        "bind": ("3.3.3.3:3", "option"),
        "vault_kv_mount": ("of-environment", "environment"),
        "vault_addr": ("http://vaults-own", "Vault's variable"),
        "flow_ttl": (60.0, "file"),
        "log_level": (LogLevel.INFO, "default"),
    }
    assert {name: (getattr(loaded.settings, name), loaded.sources[name]) for name in wanted} == wanted


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("https://a.example", ("https://a.example",)),
        ("https://a.example:8443, http://localhost:3000,", ("https://a.example:8443", "http://localhost:3000")),
    ],
)
def test_a_list_is_separated_by_commas(
    written: str, read: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SWITCHBOARD_CORS_ORIGINS", written)
    assert load({}).settings.cors_origins == read
    monkeypatch.delenv("SWITCHBOARD_CORS_ORIGINS")
    assert load({}, config=a_file(tmp_path, f"cors_origins = {list(read)}")).settings.cors_origins == read


def test_vaults_own_variables_are_the_fall_back_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in zip(_VAULTS, ("http://own", "own-token", "own-namespace", "/own.pem"), strict=True):
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("SWITCHBOARD_VAULT_TOKEN", "ours")
    settings = load({}).settings
    assert settings.vault_addr == "http://own"
    assert settings.vault_token == Secret("ours")
    assert settings.vault_namespace == "own-namespace"
    assert settings.vault_cacert == Path("/own.pem")


def test_an_empty_variable_is_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SWITCHBOARD_VAULT_TOKEN", "SWITCHBOARD_VAULT_TOKEN_FILE", "SWITCHBOARD_FLOW_TTL", "VAULT_NAMESPACE"):
        monkeypatch.setenv(name, "")
    loaded = load({})
    assert loaded.settings == Settings()
    assert set(loaded.sources.values()) == {"default"}


def test_each_kind_of_value_is_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "DATABASE_URL": "postgresql://u:p@db/x",
        "VAULT_AUTH": "approle",
        "VAULT_TOKEN_FILE": "run/token",
        "FLOW_TTL": "90",
        "ALLOW_INSECURE_PROVIDERS": "true",
    }.items():
        monkeypatch.setenv(PREFIX + name, value)
    settings = load({}).settings
    assert settings.database_url == Secret("postgresql://u:p@db/x")
    assert settings.vault_auth is VaultAuth.APPROLE
    assert settings.vault_token_file == Path("run/token"), "as it was given, not resolved"
    assert settings.flow_ttl == 90.0
    assert settings.allow_insecure_providers is True


def test_the_file_is_the_one_that_the_environment_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(CONFIG_VARIABLE, str(a_file(tmp_path, "flow_ttl = 60")))
    assert load({}).sources["flow_ttl"] == "file"
    assert load({}).unknown_variables == []


def test_an_option_names_another_file_than_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(CONFIG_VARIABLE, str(tmp_path / "nowhere.toml"))
    assert load({}, config=a_file(tmp_path, "flow_ttl = 60")).settings.flow_ttl == 60.0


def test_an_unknown_member_of_the_file_is_named(tmp_path: Path) -> None:
    said = refused(config=a_file(tmp_path, 'flow_tll = 60\n[switchboard]\nbind = "x"\n'))
    assert "flow_tll, switchboard" in said


@pytest.mark.parametrize("text", ["flow_ttl = ", "\x00", "a b c"])
def test_a_file_that_is_no_toml_is_named(tmp_path: Path, text: str) -> None:
    assert "switchboard.toml: cannot be read as TOML" in refused(config=a_file(tmp_path, text))


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert "nowhere.toml: cannot be read" in refused(config=tmp_path / "nowhere.toml")


@pytest.mark.parametrize("name", ["FLOW_TTL", "VAULT_AUTH", "LOG_LEVEL", "LOG_FORMAT", "ALLOW_INSECURE_PROVIDERS"])
def test_a_bad_value_is_named_and_not_quoted(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PREFIX + name, "canary")
    said = refused()
    assert f"{name.lower()} ({PREFIX}{name})" in said
    assert "canary" not in said


def test_each_bad_value_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SWITCHBOARD_FLOW_TTL", "soon")
    monkeypatch.setenv("SWITCHBOARD_LOG_LEVEL", "loud")
    assert len(refused().splitlines()) == 2


@pytest.mark.parametrize("name", ["database_url", "vault_token", "bootstrap_admin_key"])
def test_a_secret_in_the_file_is_a_string(tmp_path: Path, name: str) -> None:
    assert name in refused(config=a_file(tmp_path, f"{name} = 12345"))


def test_a_variable_that_looks_like_a_setting_and_is_none_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SWITCHBOARD_PORT", "tcp://10.0.0.1:80")
    monkeypatch.setenv("SWITCHBOARD_FLOW_TLL", "60")
    loaded = load({})
    assert loaded.unknown_variables == ["SWITCHBOARD_FLOW_TLL", "SWITCHBOARD_PORT"]
    assert loaded.settings == Settings()


def test_no_setting_is_called_as_kubernetes_calls_its_services() -> None:
    """command.md: Kubernetes injects SWITCHBOARD_PORT, _HOST and _SERVICE_… for a service called switchboard."""
    taken = {"port", "host"}
    assert not [name for name in load({}).sources if name in taken or name.startswith(("service_", "port_"))]


def test_a_secret_is_never_printed() -> None:
    settings = Settings(
        database_url=Secret("postgresql://u:canary@db/x"),
        vault_token=Secret("canary"),
        bootstrap_admin_key=Secret("canary"),
    )
    printed = f"{settings!r}{settings}{settings.problems()}{load({'vault_token': Secret('canary')})!r}"
    assert "canary" not in printed
    assert "Secret(…)" in printed
