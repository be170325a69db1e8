import secrets
from collections.abc import Awaitable, Sequence

import attrs

from adapters.vault.client import VaultClient
from adapters.vault.health import VaultHealth
from adapters.vault.probe import WriteProbe
from adapters.vault.sealing import KEY_NAME
from domain.examination import Finding, State, judge_clock
from domain.ports import Clock, Examiner, SecretKind, SecretStoreUnavailable, Unsealable

_NOBODY = "_doctor"
"""No organisation's id begins so: what is tried below it is in nobody's way."""
_MEND = "The token's policy does not allow it. Run: switchboard vault bootstrap"


@attrs.frozen
class VaultExaminer(Examiner):
    """Whether Vault is open, set up as is needed, and lets our token do what the service does; and its clock.

    What the policy allows is tried: a token without the policy ``default`` may not even ask what it may.
    """

    client: VaultClient
    clock: Clock
    mount: str = attrs.field(kw_only=True)
    transit_mount: str = attrs.field(kw_only=True)

    async def examine(self) -> list[Finding]:
        before = self.clock.now()
        try:
            theirs = await self.client.time()
        except SecretStoreUnavailable as error:
            return [Finding("vault", State.UNREACHABLE, error.message)]
        # Whole seconds: it was up to one more.
        clock = judge_clock("vault: clock", theirs, before=before, after=self.clock.now())
        try:
            await VaultHealth(self.client, mount=self.mount, transit_mount=self.transit_mount).check()
        except SecretStoreUnavailable as error:
            return [Finding("vault", State.WRONG, error.message), clock]
        answers = Finding("vault", State.OK, "is open, takes our token, and keeps one version of each secret")
        return [answers, await self._token(), *await self._capabilities(), clock]

    async def _token(self) -> Finding:
        if "root" in await self.client.look_up_own_token():
            words = "is a root token. Make the service's with: switchboard vault bootstrap --token-file FILE"
            return Finding("vault: token", State.ADVICE, words)
        return Finding("vault: token", State.OK, "is no root token")

    async def _capabilities(self) -> Sequence[Finding]:
        probe = WriteProbe(self.client, mount=self.mount, replica="doctor")
        return [
            *[await _tried(f"vault: {kind}", self._write_read_destroy(kind)) for kind in SecretKind],
            await _tried("vault: probe", probe.write()),
            await _tried("vault: transit", self._decrypt()),
        ]

    async def _write_read_destroy(self, kind: SecretKind) -> None:
        path = f"{_NOBODY}/{kind}/{secrets.token_hex(8)}"
        try:
            await self.client.write_version(self.mount, path, {"tried": "by switchboard doctor"}, cas=0)
            await self.client.read_version(self.mount, path)
        finally:
            await self.client.destroy(self.mount, path)

    async def _decrypt(self) -> None:
        try:
            await self.client.decrypt(self.transit_mount, KEY_NAME, "vault:v1:bm90aGluZw==")
        except Unsealable:  # it looked, so it may
            return


async def _tried(about: str, work: Awaitable[object]) -> Finding:
    try:
        await work
    except SecretStoreUnavailable:
        return Finding(about, State.WRONG, _MEND)
    return Finding(about, State.OK, "may be used as the service uses it")
