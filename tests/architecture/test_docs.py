"""What is generated is up to date."""

import runpy
from pathlib import Path

from prometheus_client import REGISTRY

import app.metrics  # noqa: F401 - it registers them

_REFERENCE = Path(__file__).parents[2] / "docs/reference"


def test_the_page_of_settings_is_what_make_docs_writes() -> None:
    written = runpy.run_path(str(_REFERENCE / "generate_settings.py"))
    assert written["PAGE"].read_text() == written["page"]()


def test_the_page_of_faults_is_what_make_docs_writes() -> None:
    written = runpy.run_path(str(_REFERENCE / "generate_faults.py"))
    assert written["PAGE"].read_text() == written["page"]()


def test_the_api_document_is_what_make_openapi_writes() -> None:
    generator = runpy.run_path(str(_REFERENCE / "generate_openapi.py"))
    assert generator["FILE"].read_bytes() == generator["written"](), "run `make openapi`, and look at the difference"


def test_the_page_of_metrics_names_each() -> None:
    page = (_REFERENCE / "metrics.md").read_text()
    for metric in REGISTRY.collect():
        if metric.name.startswith("switchboard_"):
            suffix = "_total" if metric.type == "counter" else ""
            assert f"| `{metric.name}{suffix}` |" in page, metric.name
