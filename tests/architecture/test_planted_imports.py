"""Every import contract can fail: in a copy of the tree with imports that must not be, each is broken."""

import configparser
import shutil

import pytest

from tests.architecture.linting import CONTRACTS, lint
from tests.architecture.source import ROOT

PLANTED = [
    ("domain.secret", "app.settings"),
    ("domain.ids", "adapters.memory"),
    ("domain.oauth.body", "msgspec"),
    ("domain.tokens", "httpx"),
    ("adapters.postgres.flows", "app.use_cases.minting"),
    ("adapters.memory.flows", "adapters.system.clock"),
    ("adapters.vault.secrets", "adapters.postgres.pool"),
    ("adapters.oauth_http.client", "adapters.memory"),
    ("adapters.memory.apps", "psycopg"),
    ("adapters.oauth_http.egress", "hvac"),
    ("adapters.system.clock", "aiohttp"),
    ("adapters.system.clock", "joserfc"),
    ("adapters.vault.session", "httpx_aiohttp"),
    ("adapters.system.entropy", "structlog"),
    ("app.use_cases.minting", "adapters.system"),
    ("app.use_cases.read_app", "app.http.errors"),
    ("app.use_cases.read_flow", "app.settings"),
    ("app.use_cases.read_flow", "cryptography"),
    ("app.use_cases.authenticate", "joserfc"),
    ("app.http.errors", "adapters.postgres"),
    ("app.http.errors", "app.jobs.runner"),
    ("app.http.errors", "prometheus_client"),
    ("app.http.errors", "app.container"),
    ("app.http.errors", "app.pages.start"),
    ("app.http.errors", "httpx"),
    ("app.pages.start", "adapters.memory"),
    ("app.pages.start", "app.container"),
    ("app.settings", "adapters.embedded"),
    ("app.settings", "litestar"),
    ("app.container", "app.http"),
    ("app.container", "app.pages"),
    ("app.container", "app.jobs"),
    ("app.container", "typed_settings"),
    ("app.container", "sqlalchemy"),
    ("app.cli.main", "adapters.embedded"),
    ("app.cli.main", "jinja2"),
    ("app.cli.main", "yarl"),
    ("app.asgi", "adapters.memory"),
    ("app.asgi", "dependency_injector"),
    ("app.asgi", "granian"),
    ("app.asgi", "rich_click"),
    ("app.asgi", "rich"),
    ("app.logs", "alembic"),
    ("app.logs", "psycopg_pool"),
]


@pytest.fixture(scope="module")
def linted(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What import-linter says of a copy with everything planted at once."""
    copy = tmp_path_factory.mktemp("planted")
    shutil.copytree(ROOT / "src", copy / "src", ignore=shutil.ignore_patterns("__pycache__", ".*"))
    shutil.copy(ROOT / ".importlinter", copy)
    for importer, module in PLANTED:
        path = copy.joinpath("src", *importer.split(".")).with_suffix(".py")
        path.write_text(f"{path.read_text()}\nimport {module}\n")
    (copy / "src/app/helpers.py").touch()
    return lint(copy).stdout


@pytest.mark.parametrize(("importer", "module"), PLANTED)
def test_an_import_that_must_not_be_is_seen(linted: str, importer: str, module: str) -> None:
    assert f"{importer} -> {module} (l." in linted


@pytest.mark.parametrize("contract", CONTRACTS)
def test_each_contract_can_be_broken(linted: str, contract: configparser.SectionProxy) -> None:
    assert f"{contract['name']} BROKEN" in linted


def test_a_module_of_app_that_stands_in_no_layer_is_seen(linted: str) -> None:
    assert "helpers" in linted
