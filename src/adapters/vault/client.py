"""Vault's API as the service uses it, typed: here hvac's ``Any`` ends, and Vault's answers become our words.

Paths are those below a mount, of validated segments. Every method raises SecretStoreUnavailable where Vault does not
answer or refuses; its message says what to do, its cause what Vault said.
"""

import base64
import binascii
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, ClassVar

import aiohttp
import attrs
from hvac.api import SystemBackend
from hvac.api.auth_methods import Token
from hvac.api.secrets_engines import KvV2, Transit

from adapters.vault.aiohttp_adapter import AiohttpAdapter, UnusableAnswer, VaultRefusal
from adapters.vault.authenticated import Authenticated, Request
from adapters.vault.login import VaultLogin
from adapters.vault.refusals import NO_TRANSIT_KEY, is_conflict, is_junk, is_missing, told_as_unavailable
from domain.ports import Correlation, SecretConflict, SecretMissing, SecretStoreUnavailable, Unsealable


@attrs.frozen
class KvVersion:
    """A document as KV has it, its values not wrapped yet."""

    data: Mapping[str, object] = attrs.field(repr=False)
    version: int


@attrs.frozen(kw_only=True)
class KvConfiguration:
    """What a mount does with every document that does not say otherwise."""

    max_versions: int
    cas_required: bool


@attrs.frozen(kw_only=True)
class PublicKey:
    """The public half of a transit key's newest version, as PEM."""

    version: int
    pem: str


@attrs.frozen(kw_only=True)
class SealStatus:
    initialised: bool
    sealed: bool
    standby: bool


class VaultClient:
    """One Vault, asked over one session under one login.

    hvac's API classes stand directly on the adapter: ``hvac.Client`` would read VAULT_TOKEN, VAULT_NAMESPACE and
    ``~/.vault-token`` behind our settings.
    """

    DEADLINE_SECONDS: ClassVar[float] = 5.0

    def __init__(
        self,
        session: aiohttp.ClientSession,
        *,
        address: str,
        login: VaultLogin,
        correlation: Correlation,
        namespace: str | None = None,
        deadline_seconds: float | None = None,
    ) -> None:
        adapter = AiohttpAdapter(
            session,
            address=address,
            namespace=namespace,
            deadline_seconds=deadline_seconds or self.DEADLINE_SECONDS,
            correlation=correlation,
        )
        self._authenticated = Authenticated(adapter, login=login)
        self._kv = KvV2(adapter)
        self._transit = Transit(adapter)
        self._sys = SystemBackend(adapter)
        self._token = Token(adapter)

    async def read_version(self, mount: str, path: str) -> KvVersion:
        """The newest version that the answering node has. Raises SecretMissing, also for a deleted one."""
        with told_as_unavailable():
            try:
                answer = await self._authenticated.send(self._reading(mount, path))
            except VaultRefusal as refusal:
                if is_missing(refusal):
                    raise SecretMissing from refusal
                raise
            return KvVersion(data=member(answer, "data", "data"), version=member(answer, "data", "metadata", "version"))

    async def current_version(self, mount: str, path: str) -> int:
        """The number that the next write's check-and-set must name: 0 for nothing, a deleted one's own number."""
        with told_as_unavailable():
            try:
                answer = await self._authenticated.send(self._reading(mount, path))
            except VaultRefusal as refusal:
                if not is_missing(refusal):
                    raise
                if "data" not in refusal.answer:
                    return 0
                answer = refusal.answer
            return int(member(answer, "data", "metadata", "version"))

    async def write_version(self, mount: str, path: str, data: Mapping[str, str], *, cas: int) -> int:
        """Write the version after ``cas``, and answer its number. Raises SecretConflict where another is the newest."""
        with told_as_unavailable():
            try:
                answer = await self._authenticated.send(
                    lambda: self._kv.create_or_update_secret(path, secret=dict(data), cas=cas, mount_point=mount)
                )
            except VaultRefusal as refusal:
                if is_conflict(refusal):
                    raise SecretConflict from refusal
                raise
            return int(member(answer, "data", "version"))

    async def destroy(self, mount: str, path: str) -> None:
        """Remove every version of a document, and that there was one. Twice is as once."""
        await self._ask(lambda: self._kv.delete_metadata_and_all_versions(path, mount_point=mount))

    async def kv_configuration(self, mount: str) -> KvConfiguration:
        answer = await self._ask(lambda: self._kv.read_configuration(mount_point=mount))
        with told_as_unavailable():
            return KvConfiguration(
                max_versions=member(answer, "data", "max_versions"), cas_required=member(answer, "data", "cas_required")
            )

    async def public_key(self, mount: str, name: str) -> PublicKey:
        """Of a transit key that has one."""
        with told_as_unavailable():
            try:
                answer = await self._authenticated.send(lambda: self._transit.read_key(name, mount_point=mount))
            except VaultRefusal as refusal:
                if refusal.status == HTTPStatus.NOT_FOUND:
                    raise SecretStoreUnavailable(NO_TRANSIT_KEY) from refusal
                raise
            version = int(member(answer, "data", "latest_version"))
            return PublicKey(version=version, pem=str(member(answer, "data", "keys", str(version), "public_key")))

    async def decrypt(self, mount: str, name: str, ciphertext: str) -> bytes:
        """By a transit key. Raises Unsealable where the key does not open that, or is gone."""
        with told_as_unavailable():
            try:
                answer = await self._authenticated.send(
                    lambda: self._transit.decrypt_data(name, ciphertext=ciphertext, mount_point=mount)
                )
            except VaultRefusal as refusal:
                if is_junk(refusal):
                    raise Unsealable from refusal
                if refusal.status == HTTPStatus.NOT_FOUND:
                    raise SecretStoreUnavailable(NO_TRANSIT_KEY) from refusal
                raise
            try:
                return base64.b64decode(member(answer, "data", "plaintext"), validate=True)
            except binascii.Error as error:
                raise UnusableAnswer("a plaintext that is not base64") from error

    async def seal_status(self) -> SealStatus:
        """How the node that answers stands; needs no token."""
        with told_as_unavailable():
            answer = await self._sys.read_health_status(method="GET")
            return SealStatus(
                initialised=member(answer, "initialized"),
                sealed=member(answer, "sealed"),
                standby=member(answer, "standby"),
            )

    async def time(self) -> datetime:
        """By the clock of the node that answers, in whole seconds; needs no token."""
        with told_as_unavailable():
            answer = await self._sys.read_health_status(method="GET")
            return datetime.fromtimestamp(member(answer, "server_time_utc"), UTC)

    async def look_up_own_token(self) -> Collection[str]:
        """The policies of our token, which Vault takes."""
        answer = await self._ask(self._token.lookup_self)
        with told_as_unavailable():
            return list(member(answer, "data", "policies"))

    async def renew_own_token(self) -> float | None:
        """Renew our token, and answer for how many seconds it is good now; None for one that cannot be renewed."""
        found = await self._ask(self._token.lookup_self)
        with told_as_unavailable():
            if not member(found, "data").get("renewable"):  # a root token's answer does not have it
                return None
        renewed = await self._ask(self._token.renew_self)
        with told_as_unavailable():
            return float(member(renewed, "auth", "lease_duration"))

    async def _ask(self, request: Request) -> Any:
        with told_as_unavailable():
            return await self._authenticated.send(request)

    def _reading(self, mount: str, path: str) -> Request:
        return lambda: self._kv.read_secret_version(path, mount_point=mount, raise_on_deleted_version=True)


def member(answer: Any, *names: str) -> Any:
    """A member of an answer. Raises UnusableAnswer where Vault would have put it and it is not."""
    try:
        for name in names:
            answer = answer[name]
    except (KeyError, TypeError) as error:
        raise UnusableAnswer(f"without {'.'.join(names)}") from error
    return answer
