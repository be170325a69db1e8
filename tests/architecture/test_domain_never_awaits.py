"""The domain takes values and returns values: no await, no clock, no randomness, no world."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.source import ROOT, files, imported

# What is not here is not needed to decide. Nothing here waits, tells the time, or is random.
ALLOWED = {
    "attrs",
    "base64",
    "collections.abc",
    "datetime",
    "enum",
    "hashlib",
    "hmac",
    "ipaddress",
    "json",
    "math",
    "re",
    "typing",
    "unicodedata",
    "urllib.parse",
}
# These only say what others do: they may declare what is waited for, and name what is at hand on a machine.
PORTS = ROOT / "src/domain/ports"
NAMED_BY_PORTS = {"pathlib"}
WAITS = (ast.AsyncFunctionDef, ast.AsyncFor, ast.AsyncWith, ast.Await)
TELLS_THE_TIME = {"now", "utcnow", "today", "fromtimestamp"}
REACHES_OUT = {"open", "print", "input", "exec", "eval", "compile", "__import__"}

each_file = pytest.mark.parametrize("file", files("src/domain"), ids=lambda file: str(file.relative_to(ROOT)))


def awaiting(source: str) -> Iterator[ast.AST]:
    return (node for node in ast.walk(ast.parse(source)) if isinstance(node, WAITS))


def impure(source: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and node.attr in TELLS_THE_TIME:
            yield node.attr
        if isinstance(node, ast.Name) and node.id in REACHES_OUT:
            yield node.id


@each_file
def test_the_domain_never_awaits_but_ports_say_what_others_wait_for(file: Path) -> None:
    waits = [node for node in awaiting(file.read_text()) if file.parent != PORTS or isinstance(node, ast.Await)]
    assert waits == []


@each_file
def test_the_domain_imports_only_what_decides(file: Path) -> None:
    foreign = {name for name in imported(file) if name.split(".")[0] != "domain"}
    assert foreign - ALLOWED - (NAMED_BY_PORTS if file.parent == PORTS else set()) == set()


@each_file
def test_the_domain_asks_no_clock_and_reaches_nothing(file: Path) -> None:
    assert list(impure(file.read_text())) == []


@pytest.mark.parametrize(
    "source",
    ["async def f(): ...", "await f()", "async with f(): ...", "async for x in f(): ...", "[await x for x in f()]"],
)
def test_what_waits_is_seen(source: str) -> None:
    assert list(awaiting(source))


@pytest.mark.parametrize("source", ["datetime.now(UTC)", "datetime.datetime.utcnow()", "date.today()", "open('x')"])
def test_what_asks_the_world_is_seen(source: str) -> None:
    assert list(impure(source))
