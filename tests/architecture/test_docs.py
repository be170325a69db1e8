"""What is generated is up to date."""

import runpy
from pathlib import Path

_GENERATOR = Path(__file__).parents[2] / "docs/reference/generate_settings.py"


def test_the_page_of_settings_is_what_make_docs_writes() -> None:
    written = runpy.run_path(str(_GENERATOR))
    assert written["PAGE"].read_text() == written["page"]()
