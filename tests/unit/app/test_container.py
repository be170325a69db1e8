"""mypy sees no wrong argument of a provider (recipes.md): so each is built here, for each way to log in to Vault."""

from pathlib import Path
from typing import Any

import pytest
from dependency_injector import providers

from app.asgi import create_app
from app.container import Container
from app.settings import Settings, VaultAuth
from domain.secret import Secret

LOGINS: list[dict[str, Any]] = [
    {"vault_token": Secret("token")},
    {"vault_token_file": Path("token")},
    {"vault_auth": VaultAuth.APPROLE, "vault_role_id": "r", "vault_secret_id_file": Path("s")},
    {"vault_auth": VaultAuth.KUBERNETES, "vault_role": "r"},
    {"vault_auth": VaultAuth.JWT, "vault_role": "r", "vault_auth_mount": "oidc"},
]


def a_container(**members: Any) -> Container:
    """With real settings; what ``opened`` would open is not there."""
    container = Container(
        settings=Settings(database_url=Secret("postgresql://db/x"), vault_addr="http://127.0.0.1:8200", **members)
    )
    for name in ("pool", "vault_session", "provider_client", "issuer_client"):
        getattr(container, name).override(providers.Object(object()))
    return container


@pytest.mark.parametrize("login", LOGINS, ids=lambda login: next(reversed(login)))
def test_every_provider_can_be_built(login: dict[str, Any]) -> None:
    container = a_container(**login)
    container.check_dependencies()
    for name, provider in container.providers.items():
        assert provider() is not None, name


def test_what_is_missing_is_named() -> None:
    container = Container(settings=Settings())
    with pytest.raises(Exception, match="pool"):
        container.pool()


def test_the_application_can_be_made_before_anything_is_opened() -> None:
    assert create_app(Container(settings=Settings())).routes
