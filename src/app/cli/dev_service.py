"""The service as `switchboard dev` runs it: `switchboard serve`, told by its environment where everything is."""

from collections.abc import Mapping
from pathlib import Path

from app.settings import CONFIG_VARIABLE, PREFIX, VaultAuth
from domain.secret import Secret

_VAULTS = f"{PREFIX}VAULT_"
_ABOUT_MOUNTS = frozenset({f"{_VAULTS}KV_MOUNT", f"{_VAULTS}TRANSIT_MOUNT"})


def service_environment(
    ours: Mapping[str, str],
    *,
    config: Path | None,
    port: int,
    database_url: Secret,
    vault_addr: str,
    vault_token_file: Path,
    admin_key: Secret,
) -> Mapping[str, str]:
    """Our environment with the user's settings in it, and over them what only we know.

    Nothing is left of how the user logs in at some other Vault.
    """
    kept = {name: value for name, value in ours.items() if not _is_of_another_vault(name)}
    if config is not None:
        kept[CONFIG_VARIABLE] = str(config.resolve())
    known = {
        "DATABASE_URL": database_url.reveal(),
        "VAULT_ADDR": vault_addr,
        "VAULT_AUTH": VaultAuth.TOKEN.value,
        "VAULT_TOKEN_FILE": str(vault_token_file),
        "BOOTSTRAP_ADMIN_KEY": admin_key.reveal(),
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "BIND": f"127.0.0.1:{port}",
        "ALLOW_INSECURE_PROVIDERS": "true",
    }
    return kept | {PREFIX + name: value for name, value in known.items()}


def _is_of_another_vault(name: str) -> bool:
    return name.startswith("VAULT_") or (name.startswith(_VAULTS) and name not in _ABOUT_MOUNTS)
