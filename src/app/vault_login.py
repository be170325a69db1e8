"""How the settings say that this process logs in at Vault, and what it is called there."""

import re
import socket
from pathlib import Path

from adapters.vault.login import AppRole, GivenToken, Jwt, TokenFile, VaultLogin
from app import server_process
from app.settings import Settings, VaultAuth
from domain.secret import Secret


def login(settings: Settings) -> VaultLogin:
    match settings.vault_auth:
        case VaultAuth.APPROLE:
            return AppRole(
                role_id=settings.vault_role_id or "",
                secret_id_file=settings.vault_secret_id_file or Path(),
                mount=settings.vault_auth_mount or "approle",
            )
        case VaultAuth.KUBERNETES | VaultAuth.JWT:
            return Jwt(
                role=settings.vault_role or "",
                jwt_file=settings.vault_jwt_file,
                mount=settings.vault_auth_mount or settings.vault_auth,
            )
        case VaultAuth.TOKEN if settings.vault_token_file is not None:
            return TokenFile(settings.vault_token_file)
        case VaultAuth.TOKEN:
            return GivenToken(settings.vault_token or Secret(""))


def replica(settings: Settings) -> str:
    """This process's name among those on the same Vault: kept over restarts, so that no probe is left behind."""
    _, _, port = settings.bind.rpartition(":")
    return re.sub(r"[^A-Za-z0-9-]", "-", f"{socket.gethostname()}-{port}-{server_process.number()}")
