"""Vault as the service needs it: a KV mount that keeps one version, a transit key, a policy for what the code does."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

import attrs

from adapters.vault.client import KvConfiguration
from adapters.vault.operator_client import OperatorClient
from adapters.vault.policy import Policy, policy_name, policy_text
from adapters.vault.sealing import KEY_KIND, KEY_NAME
from domain.ports import SecretStoreUnavailable, VaultSetup
from domain.secret import Secret

# A rotated refresh token must not stay readable as an old version; and no write may replace what it has not seen.
KV_AS_NEEDED = KvConfiguration(max_versions=1, cas_required=True)


@attrs.frozen
class Change:
    """Something to be done, in words, and how."""

    words: str
    make: Callable[[], Awaitable[None]]


class VaultBootstrap(VaultSetup):
    """Runs under an operator's token, never under the service's."""

    def __init__(self, operator: OperatorClient, *, mount: str, transit_mount: str) -> None:
        self._operator = operator
        self._mount = mount
        self._transit_mount = transit_mount

    async def bootstrap(self, *, dry_run: bool) -> Sequence[str]:
        needed = [
            *await self._changes_of_mount(),
            *await self._changes_of_transit(),
            *await self._changes_of_policy(Policy.SERVICE),
        ]
        if not dry_run:
            for change in needed:
                await change.make()
        return [change.words for change in needed]

    async def service_token(self, *, period: timedelta = timedelta(days=30)) -> Secret:
        """A token as the service's, for development and tests: it ends ``period`` after it was last renewed."""
        return await self._token(Policy.SERVICE, period=period)

    async def inspector_token(self, *, period: timedelta = timedelta(days=30)) -> Secret:
        """A token to look with, under a policy of its own, which is written here: only development needs it."""
        for change in await self._changes_of_policy(Policy.INSPECTOR):
            await change.make()
        return await self._token(Policy.INSPECTOR, period=period)

    async def _token(self, policy: Policy, *, period: timedelta) -> Secret:
        return await self._operator.create_periodic_token(policy=policy_name(policy, self._mount), period=period)

    async def _changes_of_mount(self) -> Sequence[Change]:
        mount = Change(f"mount KV version 2 at {self._mount}/", lambda: self._operator.mount_kv(self._mount))
        configure = Change(
            f"configure {self._mount}/: max_versions=1, cas_required=true",
            lambda: self._operator.configure_kv(self._mount, KV_AS_NEEDED),
        )
        if not await self._operator.kv_is_mounted(self._mount):
            return [mount, configure]
        return [] if await self._operator.kv_configuration(self._mount) == KV_AS_NEEDED else [configure]

    async def _changes_of_transit(self) -> Sequence[Change]:
        mount, name = self._transit_mount, KEY_NAME
        mount_it = Change(f"mount transit at {mount}/", lambda: self._operator.mount_transit(mount))
        create = Change(
            f"create transit key {mount}/{name}: {KEY_KIND}, not exportable, not deletable",
            lambda: self._operator.create_transit_key(mount, name, kind=KEY_KIND),
        )
        if not await self._operator.transit_is_mounted(mount):
            return [mount_it, create]
        key = await self._operator.transit_key(mount, name)
        if key is None:
            return [create]
        if key.kind != KEY_KIND or key.leaves_vault:
            raise SecretStoreUnavailable(
                f"The transit key {mount}/{name} is not of type {KEY_KIND}, or may leave Vault. Set "
                "SWITCHBOARD_VAULT_TRANSIT_MOUNT to a free path."
            )
        keep = Change(
            f"configure transit key {mount}/{name}: not deletable", lambda: self._operator.forbid_deletion(mount, name)
        )
        return [keep] if key.can_be_deleted else []

    async def _changes_of_policy(self, policy: Policy) -> Sequence[Change]:
        name = policy_name(policy, self._mount)
        text = policy_text(policy, self._mount, transit_mount=self._transit_mount)
        if await self._operator.policy(name) == text:
            return []
        return [Change(f"write policy {name}", lambda: self._operator.write_policy(name, text))]
