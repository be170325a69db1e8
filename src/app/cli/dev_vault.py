"""The Vault of `switchboard dev`: set up as in production, and a token for the service that is not the root token."""

import asyncio
from collections.abc import Sequence
from http import HTTPStatus
from pathlib import Path

import attrs
import httpx

from app.setting_up import vault_setup
from app.settings import Settings, VaultAuth
from domain.ports.local_servers import LocalVault, Servers
from domain.secret import Secret

_SERVICE = "service-vault-token"
_INSPECTOR = "inspector-vault-token"
_SECONDS_LEFT = 15 * 86_400  # of the 30 days that a new token has


@attrs.frozen
class VaultTokens:
    """The file with the service's, and the one that may read and list."""

    service_file: Path
    inspector: Secret


def prepare_vault(servers: Servers, vault: LocalVault, settings: Settings) -> VaultTokens:
    """Bootstrap, and keep two tokens; those of an earlier run go on while they are good. Raises StorageUnavailable."""
    as_root = attrs.evolve(
        settings,
        vault_addr=vault.address,
        vault_auth=VaultAuth.TOKEN,
        vault_token=vault.root_token,
        vault_token_file=None,
        vault_namespace=None,
        vault_cacert=None,
    )
    kept = {name: servers.kept(name) for name in (_SERVICE, _INSPECTOR)}
    wanted = [name for name, token in kept.items() if token is None or not _is_good(vault.address, token)]
    made = asyncio.run(_prepare(as_root, wanted))
    for name, token in made.items():
        servers.keep(name, token)
    tokens = {name: token for name, token in kept.items() if token is not None} | made
    return VaultTokens(service_file=servers.folder / _SERVICE, inspector=tokens[_INSPECTOR])


async def _prepare(settings: Settings, wanted: Sequence[str]) -> dict[str, Secret]:
    async with vault_setup(settings) as setup:
        await setup.bootstrap(dry_run=False)
        make = {_SERVICE: setup.service_token, _INSPECTOR: setup.inspector_token}
        return {name: await make[name]() for name in wanted}


def _is_good(address: str, token: Secret) -> bool:
    """Whether a kept token is this Vault's, and will be for a while."""
    with httpx.Client(trust_env=False) as client:
        headers = {"X-Vault-Token": token.reveal()}
        response = client.get(f"{address}/v1/auth/token/lookup-self", headers=headers)
    return response.status_code == HTTPStatus.OK and response.json()["data"]["ttl"] > _SECONDS_LEFT
