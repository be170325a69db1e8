"""How we come to a Vault token. A file is read at each login, so that whoever keeps it fresh need not restart us."""

from http import HTTPStatus
from pathlib import Path
from typing import assert_never

import attrs

from adapters.vault.aiohttp_adapter import AiohttpAdapter, VaultRefusal
from domain.ports import SecretStoreUnavailable
from domain.secret import Secret

_LOGIN_REFUSED = (HTTPStatus.BAD_REQUEST, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND)


@attrs.frozen
class GivenToken:
    """A token that is ours for good: once it is refused, there is no other."""

    token: Secret


@attrs.frozen
class TokenFile:
    """A file with a token, which Vault Agent or an operator keeps fresh."""

    path: Path


@attrs.frozen(kw_only=True)
class AppRole:
    role_id: str
    secret_id_file: Path
    mount: str = "approle"


@attrs.frozen(kw_only=True)
class Jwt:
    """A JSON Web Token in a file. A Kubernetes service account's is one: its mount is ``kubernetes``."""

    role: str
    jwt_file: Path
    mount: str = "jwt"


VaultLogin = GivenToken | TokenFile | AppRole | Jwt


async def log_in(adapter: AiohttpAdapter, login: VaultLogin) -> None:
    """Give the adapter a token.

    Raises what its ``request`` raises, and SecretStoreUnavailable for an unreadable file or a refused login.
    """
    match login:
        case GivenToken(token):
            adapter.token = token
            return
        case TokenFile(path):
            adapter.token = Secret(_read(path))
            return
        case AppRole():
            body = {"role_id": login.role_id, "secret_id": _read(login.secret_id_file)}
        case Jwt():
            body = {"role": login.role, "jwt": _read(login.jwt_file)}
        case _:
            assert_never(login)
    adapter.token = None  # the refused one is no help
    try:
        await adapter.login(f"/v1/auth/{login.mount}/login", json=body)
    except VaultRefusal as refusal:
        if refusal.status not in _LOGIN_REFUSED:
            raise
        raise SecretStoreUnavailable(
            f"Vault refuses our login at auth/{login.mount}: check the login's settings, and that role and mount exist."
        ) from refusal


def _read(path: Path) -> str:
    try:
        content = path.read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SecretStoreUnavailable(
            f"{path}, which logs us in at Vault, cannot be read: check the login's settings."
        ) from error
    if not content:
        raise SecretStoreUnavailable(f"{path}, which logs us in at Vault, is empty: check who writes it.")
    return content
