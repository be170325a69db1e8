"""Vault as the service needs it: a KV mount that keeps one version, and a policy for just what the code does."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

import attrs

from adapters.vault.client import KvConfiguration
from adapters.vault.operator_client import OperatorClient
from adapters.vault.policy import Policy, policy_name, policy_text
from domain.ports import VaultSetup
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

    def __init__(self, operator: OperatorClient, *, mount: str) -> None:
        self._operator = operator
        self._mount = mount

    async def bootstrap(self, *, dry_run: bool) -> Sequence[str]:
        needed = [*await self._changes_of_mount(), *await self._changes_of_policy(Policy.SERVICE)]
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

    async def _changes_of_policy(self, policy: Policy) -> Sequence[Change]:
        name, text = policy_name(policy, self._mount), policy_text(policy, self._mount)
        if await self._operator.policy(name) == text:
            return []
        return [Change(f"write policy {name}", lambda: self._operator.write_policy(name, text))]
