"""Running import-linter on this tree or on a copy of it."""

import configparser
import os
import subprocess
import sys
from pathlib import Path

from tests.architecture.source import ROOT

_MODULES = ("layers", "modules", "protected_modules", "allowed_importers", "source_modules", "forbidden_modules")


def _contracts() -> list[configparser.SectionProxy]:
    config = configparser.ConfigParser()
    config.read_string((ROOT / ".importlinter").read_text())
    return [config[section] for section in config.sections() if section.startswith("importlinter:contract:")]


CONTRACTS = _contracts()


def names_in(contract: configparser.SectionProxy) -> set[str]:
    """The modules that a contract names; one in parentheses may be absent."""
    prefix = f"{contract['containers']}." if "containers" in contract else ""
    words = {word for option in _MODULES for word in contract.get(option, "").split()}
    return {prefix + word for word in words if word not in {"|", ":"} and not word.startswith("(")}


def lint(root: Path) -> subprocess.CompletedProcess[str]:
    """Check the contracts of a tree, its own source before the installed one."""
    return subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as lint; lint()", "--no-logo"],
        cwd=root,
        env=os.environ | {"PYTHONPATH": str(root / "src"), "COLUMNS": "1000"},
        capture_output=True,
        text=True,
        check=False,
    )
