"""The import contracts hold, name what is there, and leave no library without a room."""

import configparser
import importlib.util
import sys

import pytest

from tests.architecture.linting import CONTRACTS, lint, names_in
from tests.architecture.source import ROOT, SRC, files, imported

OURS = {"app", "adapters", "domain"}
WITHOUT_A_ROOM = {"attrs"}  # values are made of it everywhere


def exists(name: str) -> bool:
    """Whether this is a module of ours or of an installed library; nothing is imported to find out."""
    root, *below = name.removesuffix(".*").split(".")
    if root not in OURS:
        return importlib.util.find_spec(name) is not None
    path = SRC.joinpath(root, *below)
    return (path / "__init__.py").is_file() or path.with_suffix(".py").is_file()


def test_every_import_contract_is_kept() -> None:
    linted = lint(ROOT)
    assert linted.returncode == 0, linted.stdout + linted.stderr
    assert f"{len(CONTRACTS)} kept, 0 broken" in linted.stdout


@pytest.mark.parametrize("contract", CONTRACTS)
def test_a_contract_names_only_modules_that_exist(contract: configparser.SectionProxy) -> None:
    missing = {name for name in names_in(contract) if not exists(name)}
    assert missing == set()


def test_a_misspelt_module_would_be_found_missing() -> None:
    assert [name for name in ("psycopg_pol", "app.htpp", "adapters.postgre") if exists(name)] == []


def test_every_library_has_a_room() -> None:
    used = {name.split(".")[0] for file in files("src") for name in imported(file)}
    libraries = used - OURS - set(sys.stdlib_module_names) - WITHOUT_A_ROOM
    kept = {name for contract in CONTRACTS if contract["type"] == "protected" for name in names_in(contract)}
    assert libraries - kept == set()


def test_the_domain_is_in_no_librarys_room() -> None:
    rooms = {name for contract in CONTRACTS for name in contract.get("allowed_importers", "").split()}
    assert all(room.startswith(("adapters.", "app.")) for room in rooms)
