"""The calls that set Vault up. They need an operator's token: the service's policy forbids every one of them."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import attrs

from adapters.vault.aiohttp_adapter import UnusableAnswer, VaultRefusal
from adapters.vault.client import KvConfiguration, VaultClient, member
from adapters.vault.refusals import is_missing, told_as_unavailable
from domain.ports import KeptSecret, SecretStoreUnavailable
from domain.secret import Secret


@attrs.frozen(kw_only=True)
class TransitKey:
    """How Vault keeps a key."""

    kind: str
    leaves_vault: bool
    can_be_deleted: bool


class OperatorClient(VaultClient):
    """A VaultClient whose login is an operator's, who waits while Vault makes a key."""

    DEADLINE_SECONDS = 60.0

    async def kv_is_mounted(self, mount: str) -> bool:
        """Whether KV version 2 is there. Raises SecretStoreUnavailable where another engine is."""
        answer = await self._ask(self._sys.list_mounted_secrets_engines)
        with told_as_unavailable():
            engine = member(answer, "data").get(f"{mount}/")
        if engine is None:
            return False
        if engine.get("type") != "kv" or (engine.get("options") or {}).get("version") != "2":
            raise SecretStoreUnavailable(
                f"What is mounted at {mount}/ is not KV version 2. Set SWITCHBOARD_VAULT_KV_MOUNT to a free path."
            )
        return True

    async def mount_kv(self, mount: str) -> None:
        await self._ask(
            lambda: self._sys.enable_secrets_engine(
                "kv", path=mount, description="Switchboard's secrets", options={"version": "2"}
            )
        )

    async def configure_kv(self, mount: str, wanted: KvConfiguration) -> None:
        await self._ask(
            lambda: self._kv.configure(
                max_versions=wanted.max_versions, cas_required=wanted.cas_required, mount_point=mount
            )
        )

    async def names_below(self, mount: str, path: str) -> Sequence[str]:
        """What LIST answers, folders with a slash at their end; nothing where nothing is."""
        with told_as_unavailable():
            try:
                answer = await self._authenticated.send(lambda: self._kv.list_secrets(path, mount_point=mount))
            except VaultRefusal as refusal:
                if is_missing(refusal):
                    return []
                raise
            return list(member(answer, "data", "keys"))

    async def metadata(self, mount: str, path: str) -> KeptSecret | None:
        """Since when a document is there; None where none is."""
        with told_as_unavailable():
            try:
                answer = await self._authenticated.send(lambda: self._kv.read_secret_metadata(path, mount_point=mount))
            except VaultRefusal as refusal:
                if is_missing(refusal):
                    return None
                raise
            return KeptSecret(
                version=int(member(answer, "data", "current_version")),
                created_at=_time(member(answer, "data", "created_time")),
                updated_at=_time(member(answer, "data", "updated_time")),
            )

    async def transit_is_mounted(self, mount: str) -> bool:
        """Whether transit is there. Raises SecretStoreUnavailable where another engine is."""
        answer = await self._ask(self._sys.list_mounted_secrets_engines)
        with told_as_unavailable():
            engine = member(answer, "data").get(f"{mount}/")
        if engine is not None and engine.get("type") != "transit":
            raise SecretStoreUnavailable(
                f"What is mounted at {mount}/ is not transit. Set SWITCHBOARD_VAULT_TRANSIT_MOUNT to a free path."
            )
        return engine is not None

    async def mount_transit(self, mount: str) -> None:
        await self._ask(
            lambda: self._sys.enable_secrets_engine(
                "transit", path=mount, description="What Switchboard's tokens are sealed to"
            )
        )

    async def transit_key(self, mount: str, name: str) -> TransitKey | None:
        """How a key is kept; None where there is none."""
        with told_as_unavailable():
            try:
                answer = await self._authenticated.send(lambda: self._transit.read_key(name, mount_point=mount))
            except VaultRefusal as refusal:
                if is_missing(refusal):
                    return None
                raise
            return TransitKey(
                kind=member(answer, "data", "type"),
                leaves_vault=member(answer, "data", "exportable") or member(answer, "data", "allow_plaintext_backup"),
                can_be_deleted=member(answer, "data", "deletion_allowed"),
            )

    async def create_transit_key(self, mount: str, name: str, *, kind: str) -> None:
        """One that does not leave Vault, and is not deleted unless somebody allows it first."""
        await self._ask(lambda: self._transit.create_key(name, key_type=kind, mount_point=mount))

    async def forbid_deletion(self, mount: str, name: str) -> None:
        await self._ask(lambda: self._transit.update_key_configuration(name, deletion_allowed=False, mount_point=mount))

    async def policy(self, name: str) -> str | None:
        """A policy's text; None where there is none."""
        with told_as_unavailable():
            try:
                answer = await self._authenticated.send(lambda: self._sys.read_policy(name))
            except VaultRefusal as refusal:
                if is_missing(refusal):
                    return None
                raise
            return str(member(answer, "data", "rules"))

    async def write_policy(self, name: str, text: str) -> None:
        await self._ask(lambda: self._sys.create_or_update_policy(name, text))

    async def create_periodic_token(self, *, policy: str, period: timedelta) -> Secret:
        """A token with this policy alone, of no parent; it ends ``period`` after it was last renewed."""
        answer = await self._ask(
            lambda: self._token.create_orphan(
                policies=[policy], no_default_policy=True, period=f"{int(period.total_seconds())}s", display_name=policy
            )
        )
        with told_as_unavailable():
            return Secret(member(answer, "auth", "client_token"))


def _time(told: str) -> datetime:
    try:
        return datetime.fromisoformat(told)
    except ValueError as error:
        raise UnusableAnswer("a time that is none") from error
