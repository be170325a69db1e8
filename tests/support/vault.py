"""A mount of a test's own in some Vault, set up by our bootstrap, and the service's token for it.

The transit mount is all tests' together: making its key takes longer than most tests, and no test's own changes it.
"""

import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import aiohttp
import attrs

from adapters.system.correlation import ContextCorrelation
from adapters.vault.client import VaultClient
from adapters.vault.health import VaultHealth
from adapters.vault.inventory import VaultSecretInventory
from adapters.vault.login import GivenToken, VaultLogin
from adapters.vault.operator_client import OperatorClient
from adapters.vault.policy import Policy, policy_name, policy_text
from adapters.vault.sealing import VaultSealer
from adapters.vault.secrets import VaultSecretStore
from adapters.vault.session import open_vault_session
from adapters.vault.setup import VaultBootstrap
from domain.secret import Secret


@attrs.frozen(kw_only=True)
class VaultMount:
    """Everything runs under the service's token, except what says ``root``."""

    address: str
    mount: str
    transit_mount: str
    root_token: Secret
    service_token: Secret
    session: aiohttp.ClientSession

    def client(self, login: VaultLogin | None = None, *, deadline_seconds: float = 5) -> VaultClient:
        login = login or GivenToken(self.service_token)
        return VaultClient(
            self.session,
            address=self.address,
            login=login,
            correlation=ContextCorrelation(),
            deadline_seconds=deadline_seconds,
        )

    def store(self, *, replica: str = "test", client: VaultClient | None = None) -> VaultSecretStore:
        return VaultSecretStore(client or self.client(), mount=self.mount, replica=replica)

    def sealer(self, *, client: VaultClient | None = None) -> VaultSealer:
        return VaultSealer(client or self.client(), mount=self.transit_mount)

    def health(self, client: VaultClient | None = None) -> VaultHealth:
        return VaultHealth(client or self.client(), mount=self.mount, transit_mount=self.transit_mount)

    def bootstrap(self, *, mount: str | None = None) -> VaultBootstrap:
        return VaultBootstrap(self.operator(), mount=mount or self.mount, transit_mount=self.transit_mount)

    def operator(self) -> OperatorClient:
        return OperatorClient(
            self.session, address=self.address, login=GivenToken(self.root_token), correlation=ContextCorrelation()
        )

    async def operator_token(self) -> Secret:
        """With the policy of whoever runs `switchboard doctor --reconcile`, and no other."""
        name = policy_name(Policy.OPERATOR, self.mount)
        text = policy_text(Policy.OPERATOR, self.mount, transit_mount=self.transit_mount)
        await self.operator().write_policy(name, text)
        return await self.operator().create_periodic_token(policy=name, period=timedelta(hours=1))

    def inventory(self, token: Secret) -> VaultSecretInventory:
        operator = OperatorClient(
            self.session, address=self.address, login=GivenToken(token), correlation=ContextCorrelation()
        )
        return VaultSecretInventory(operator, mount=self.mount)

    async def as_root(self, method: str, path: str, json: object = None) -> tuple[int, Mapping[str, Any]]:
        return await ask(self.session, self.address, method, path, json=json, token=self.root_token)

    async def as_service(self, method: str, path: str, json: object = None) -> tuple[int, Mapping[str, Any]]:
        return await ask(self.session, self.address, method, path, json=json, token=self.service_token)


@asynccontextmanager
async def a_vault_mount(
    address: str, root_token: Secret, *, transit_mount: str = "switchboard-test-transit"
) -> AsyncIterator[VaultMount]:
    mount = f"switchboard-test-{secrets.token_hex(4)}"
    async with open_vault_session(cacert=None) as session:
        bootstrap = VaultBootstrap(
            OperatorClient(session, address=address, login=GivenToken(root_token), correlation=ContextCorrelation()),
            mount=mount,
            transit_mount=transit_mount,
        )
        await bootstrap.bootstrap(dry_run=False)
        vault = VaultMount(
            address=address,
            mount=mount,
            transit_mount=transit_mount,
            root_token=root_token,
            service_token=await bootstrap.service_token(),
            session=session,
        )
        yield vault
        await vault.as_root("DELETE", f"sys/mounts/{mount}")
        for policy in (Policy.SERVICE, Policy.OPERATOR):
            await vault.as_root("DELETE", f"sys/policy/{policy_name(policy, mount)}")


async def ask(
    session: aiohttp.ClientSession, address: str, method: str, path: str, *, json: object = None, token: Secret
) -> tuple[int, Mapping[str, Any]]:
    """Status and answer of a request as anybody could send it; ``path`` is what follows ``/v1/``."""
    headers = {"X-Vault-Token": token.reveal()}
    async with session.request(method, f"{address}/v1/{path}", headers=headers, json=json) as response:
        return response.status, await response.json() if await response.read() else {}
