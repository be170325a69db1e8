import json
import stat
from pathlib import Path

import attrs

from app.cli.ready_file import Ready
from domain.secret import Secret

READY = Ready(
    url="http://127.0.0.1:1",
    admin_key=Secret("admin"),
    api_key=Secret("sb_key"),
    organisation_id="demo",
    demo_app_id="01",
    provider_url="http://127.0.0.1:2",
    vault_addr="http://127.0.0.1:3",
    vault_token=Secret("s.token"),
    postgres_dsn=Secret("postgresql://"),
    pids={"service": 4},
)


def test_what_was_written_is_read_and_nothing_else_is_left(tmp_path: Path) -> None:
    READY.write(path := tmp_path / "ready.json")
    assert Ready.read(path) == READY
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_others_could_read_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "ready.json"
    path.touch(mode=0o644)
    READY.write(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_without_a_demo_provider_its_members_are_absent(tmp_path: Path) -> None:
    path = tmp_path / "ready.json"
    ready = attrs.evolve(READY, demo_app_id=None, provider_url=None)
    ready.write(path)
    assert not {"demoAppId", "providerUrl"} & json.loads(path.read_text()).keys()
    assert Ready.read(path) == ready


def test_it_does_not_print_its_keys() -> None:
    assert not any(secret in repr(READY) for secret in ("admin'", "sb_key", "s.token", "postgresql"))
