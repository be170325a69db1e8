"""Write ``settings.md`` from the ``Settings`` class: `make docs`. A test holds that it is up to date."""

import inspect
from pathlib import Path

import attrs

from app.settings import PREFIX, Settings
from domain.secret import Secret

PAGE = Path(__file__).parent / "settings.md"

_HEAD = """# Settings

From a TOML file (`--config`, `SWITCHBOARD_CONFIG`), then the environment, then the command's options. In the file a
setting is named as below without `SWITCHBOARD_`, in lower case. An unknown member of the file or a bad value stops the
start with its name; an unknown `SWITCHBOARD_…` variable is named in a warning.
`switchboard serve --print-settings` shows each with its source.

This page is generated from `src/app/settings.py` by `make docs`.

| environment | default | meaning |
|---|---|---|
"""


def page() -> str:
    """The page as it has to be."""
    meanings = _meanings()
    rows = [
        f"| `{PREFIX}{field.name.upper()}` | {_default(field.name)} | {meanings[field.name]} |"
        for field in attrs.fields(Settings)
    ]
    return _HEAD + "\n".join(rows) + "\n"


def _meanings() -> dict[str, str]:
    """The class's ``Attributes:`` block."""
    _, _, block = (inspect.getdoc(Settings) or "").partition("Attributes:\n")
    lines = [line.strip() for line in block.splitlines() if line.strip()]
    return {name: text.strip().replace("``", "`") for name, _, text in (line.partition(":") for line in lines)}


def _default(name: str) -> str:
    value = getattr(Settings(), name)
    return "" if value is None or value in ("", (), Secret("")) else f"`{value}`"


if __name__ == "__main__":
    PAGE.write_text(page())
