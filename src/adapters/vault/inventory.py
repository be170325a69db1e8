"""Which documents are in KV version 2, by LIST and metadata: what they say is not asked for."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

import attrs

from adapters.vault.aiohttp_adapter import VaultRefusal
from adapters.vault.operator_client import OperatorClient
from adapters.vault.refusals import is_refused_token
from domain.ids import OrganisationId
from domain.ports import KeptSecret, SecretInventory, SecretKind, SecretPath, SecretStoreUnavailable

_DENIED = (
    "Vault refuses our token, or its policy does not allow this. Give doctor an operator's token "
    "(SWITCHBOARD_VAULT_TOKEN) with the policy vault/policies/operator.hcl: see docs/how-to/ask-the-doctor.md."
)


@attrs.frozen
class VaultSecretInventory(SecretInventory):
    """Under a token with the policy ``operator``: the service's may not list."""

    operator: OperatorClient
    mount: str = attrs.field(kw_only=True)

    async def organisations(self) -> Sequence[OrganisationId]:
        with _denial_is_told():
            names = await self.operator.names_below(self.mount, "")
        found = []
        for name in names:
            with suppress(ValueError):  # the probe's, or another's
                found.append(OrganisationId(name.removesuffix("/")))
        return found

    async def paths(self, organisation_id: OrganisationId, kind: SecretKind) -> Sequence[SecretPath]:
        with _denial_is_told():
            names = await self.operator.names_below(self.mount, f"{organisation_id}/{kind}")
        found = []
        for name in names:
            with suppress(ValueError):
                found.append(SecretPath.named(organisation_id, kind, name))
        return found

    async def look_at(self, path: SecretPath) -> KeptSecret | None:
        with _denial_is_told():
            return await self.operator.metadata(self.mount, _below_mount(path))

    async def destroy(self, path: SecretPath) -> None:
        with _denial_is_told():
            await self.operator.destroy(self.mount, _below_mount(path))


def _below_mount(path: SecretPath) -> str:
    return f"{path.organisation_id}/{path.kind}/{path.id}"


@contextmanager
def _denial_is_told() -> Iterator[None]:
    try:
        yield
    except SecretStoreUnavailable as error:
        if isinstance(error.__cause__, VaultRefusal) and is_refused_token(error.__cause__):
            raise SecretStoreUnavailable(_DENIED) from error.__cause__
        raise
