"""What is wrong with settings, by name; empty when the service can start."""

from pathlib import Path
from typing import Any

import pytest

from app.settings import Settings, VaultAuth
from domain.secret import Secret


def whole(**changes: Any) -> Settings:
    members: dict[str, Any] = {
        "public_url": "https://switchboard.example",
        "database_url": Secret("postgresql://u:p@db/x"),
        "vault_addr": "https://vault.example:8200",
        "vault_token": Secret("token"),
        "bootstrap_admin_key": Secret("k" * 32),
    }
    return Settings(**members | changes)


def test_settings_that_are_whole_have_no_problems() -> None:
    assert whole().problems() == {}


def test_what_is_missing_is_named_with_its_variable() -> None:
    problems = Settings().problems()
    assert set(problems) == {"database_url", "vault_addr", "vault_auth"}
    assert problems["database_url"].startswith("database_url (SWITCHBOARD_DATABASE_URL) ")


@pytest.mark.parametrize(
    "url",
    [
        "https://switchboard.example",
        "https://switchboard.example:8443",
        "https://10.0.0.1",
        "https://[2001:db8::1]:8443",
        "http://127.0.0.1:8080",
        "http://[::1]:8080",
        "http://localhost",
        "http://localhost:443",
    ],
)
def test_an_origin_is_taken(url: str) -> None:
    assert whole(public_url=url).problems() == {}


@pytest.mark.parametrize("origin", ["*", "null", "https://a.example/", "http://a.example", "https://A.example"])
def test_who_may_ask_from_a_page_is_an_exact_origin(origin: str) -> None:
    assert set(whole(cors_origins=("https://a.example", origin)).problems()) == {"cors_origins"}
    assert whole(cors_origins=("https://a.example", "http://localhost:3000")).problems() == {}


@pytest.mark.parametrize("network", ["10.0.0.1/8", "proxy.example", "*", "10.0.0.0/33", ""])
def test_a_trusted_proxy_is_a_network(network: str) -> None:
    assert set(whole(trusted_proxies=("10.0.0.0/8", network)).problems()) == {"trusted_proxies"}
    assert whole(trusted_proxies=("10.0.0.0/8", "192.0.2.7", "2001:db8::/32")).problems() == {}


@pytest.mark.parametrize(
    "url",
    [
        "",
        "switchboard.example",
        "https://",
        "https://switchboard.example/",
        "https://switchboard.example/path",
        "https://switchboard.example?a=1",
        "https://switchboard.example#f",
        "https://user@switchboard.example",
        "https://switchboard.example:443",
        "http://127.0.0.1:80",
        "https://switchboard.example:0",
        "https://switchboard.example:65536",
        "https://switchboard.example:x",
        "https://switchboard.example:",
        "https://Switchboard.example",
        "HTTPS://switchboard.example",
        "https://switchboard.exämple",
        "https://switch board.example",
        "https://switchboard.example\n",
        "https://[::1",
        "https://[",
        "http://switchboard.example",
        "http://10.0.0.1",
        "http://localhost.example",
        "ftp://127.0.0.1",
        "//switchboard.example",
    ],
)
def test_what_browsers_would_write_otherwise_is_no_origin(url: str) -> None:
    """Callback URLs are built from it, and the start page compares it with the Origin header."""
    assert list(whole(public_url=url).problems()) == ["public_url"]


@pytest.mark.parametrize("bind", ["127.0.0.1:8080", "0.0.0.0:0", "::1:65535", "localhost:1"])
def test_an_address_and_a_port_can_be_bound(bind: str) -> None:
    assert whole(bind=bind).problems() == {}


@pytest.mark.parametrize("bind", ["", "8080", ":8080", "127.0.0.1", "a:65536", "a:-1", "a:٣", "a:" + "1" * 5000, "a:"])
def test_anything_else_cannot_be_bound(bind: str) -> None:
    assert list(whole(bind=bind).problems()) == ["bind"]


@pytest.mark.parametrize(
    "address", ["vault:8200", "https://", "ftp://vault", "https://vault:port", "https://[", "/run/v"]
)
def test_vaults_address_is_one(address: str) -> None:
    assert list(whole(vault_addr=address).problems()) == ["vault_addr"]


@pytest.mark.parametrize("seconds", [0.0, -1.0, float("nan"), float("inf"), 3600.5])
def test_a_flow_lives_for_an_hour_at_most(seconds: float) -> None:
    assert list(whole(flow_ttl=seconds).problems()) == ["flow_ttl"]


@pytest.mark.parametrize(
    "key", ["k" * 31, "k" * 31 + "é", "k" * 32 + "\n", " " + "k" * 32, "k" * 32 + " ", "k\x00" * 32]
)
def test_an_admin_key_is_long_and_can_be_sent_in_a_header(key: str) -> None:
    assert list(whole(bootstrap_admin_key=Secret(key)).problems()) == ["bootstrap_admin_key"]


def test_an_admin_key_may_be_a_sentence() -> None:
    assert whole(bootstrap_admin_key=Secret("correct horse battery staple, and more")).problems() == {}


@pytest.mark.parametrize(
    ("members", "is_whole"),
    [
        ({"vault_token": None}, False),
        ({"vault_token": None, "vault_token_file": Path("token")}, True),
        ({"vault_auth": VaultAuth.APPROLE}, False),
        ({"vault_auth": VaultAuth.APPROLE, "vault_role_id": "r"}, False),
        ({"vault_auth": VaultAuth.APPROLE, "vault_role_id": "r", "vault_secret_id_file": Path("s")}, True),
        ({"vault_auth": VaultAuth.KUBERNETES}, False),
        ({"vault_auth": VaultAuth.KUBERNETES, "vault_role": "r"}, True),
        ({"vault_auth": VaultAuth.JWT}, False),
        ({"vault_auth": VaultAuth.JWT, "vault_role": "r"}, True),
    ],
)
def test_each_way_to_log_in_has_its_members(members: dict[str, Any], *, is_whole: bool) -> None:
    assert list(whole(**members).problems()) == ([] if is_whole else ["vault_auth"])
