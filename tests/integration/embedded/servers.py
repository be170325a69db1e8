"""What these tests say to the servers, and what they look for around them."""

import http.client
import json
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Protocol

import psycopg

from adapters.embedded.openbao import EmbeddedOpenBao
from adapters.embedded.postgres import EmbeddedPostgres
from domain.secret import Secret

PARENT = Path(__file__).with_name("parent.py")


class StartOpenBao(Protocol):
    def __call__(self, folder: Path, *, port: int = 0) -> EmbeddedOpenBao: ...


class StartPostgres(Protocol):
    def __call__(self, folder: Path, *, port: int = 0) -> EmbeddedPostgres: ...


def keep(openbao: EmbeddedOpenBao, value: str) -> None:
    """Write a value where the root token keeps its own things."""
    assert _ask(openbao, "PUT", {"value": value}) == {}


def kept(openbao: EmbeddedOpenBao) -> str:
    value: str = _ask(openbao, "GET")["data"]["value"]
    return value


def _ask(openbao: EmbeddedOpenBao, method: str, body: Mapping[str, str] | None = None) -> dict[str, dict[str, str]]:
    connection = http.client.HTTPConnection("127.0.0.1", openbao.port, timeout=30)
    try:
        headers = {"X-Vault-Token": openbao.root_token.reveal()}
        connection.request(method, "/v1/cubbyhole/kept", body=json.dumps(body), headers=headers)
        response = connection.getresponse()
        answer = response.read()
        assert response.status in {200, 204}, answer
        parsed: dict[str, dict[str, str]] = json.loads(answer or "{}")
        return parsed
    finally:
        connection.close()


def query(dsn: Secret, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(dsn.reveal()) as connection:
        return connection.execute(statement.encode()).fetchall()


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, "30 seconds have gone by"
        time.sleep(0.02)


def running(pids: Iterable[int]) -> set[int]:
    """Those that still run; one that nobody has reaped does not."""
    return {pid for pid in pids if _runs(pid)}


def family(pid: int) -> set[int]:
    """A process and all its descendants."""
    children = {
        int(child) for thread in Path(f"/proc/{pid}/task").glob("*/children") for child in _read(thread).split()
    }
    return {pid}.union(*(family(child) for child in children))


def _runs(pid: int) -> bool:
    state = _read(Path(f"/proc/{pid}/stat")).rpartition(")")[2].split()[:1]
    return state not in ([], ["Z"], ["X"])


def _read(file: Path) -> str:
    try:
        return file.read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""
