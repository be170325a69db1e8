"""A service with a mount and a database of its own, what is put into either behind its back, and what is found."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from datetime import timedelta

import attrs

from adapters.postgres.leases import PostgresRefreshLeases
from adapters.postgres.secret_ledger import PostgresSecretLedger
from adapters.system.clock import SystemClock
from app.use_cases.reconcile_secrets import Difference, ReconcileSecrets, SecretWithoutRecord
from domain.ids import CredentialId, OrganisationId
from domain.ports import SecretKind, SecretLedger, SecretPath
from domain.secret import Secret
from tests.support.service import Service

NOW = timedelta(0)
"""An age that whatever is there has reached."""


@attrs.frozen
class Stores:
    """The two stores of a service, under an operator's token."""

    service: Service
    operator_token: Secret

    def compare(
        self, *, age: timedelta = NOW, apply: bool = False, ledger: SecretLedger | None = None
    ) -> AsyncGenerator[Difference, None]:
        compare = ReconcileSecrets(
            inventory=self.service.vault.inventory(self.operator_token),
            ledger=ledger or PostgresSecretLedger(self.service.container.pool()),
            leases=PostgresRefreshLeases(self.service.container.pool()),
            clock=SystemClock(),
            age=age,
            batch=1,  # so that a page ends after each
        )
        return compare(apply=apply)

    async def found(
        self, *, age: timedelta = NOW, apply: bool = False, ledger: SecretLedger | None = None
    ) -> Sequence[Difference]:
        async with aclosing(self.compare(age=age, apply=apply, ledger=ledger)) as differences:
            return [difference async for difference in differences]

    async def keep(self, path: SecretPath) -> None:
        """A secret, put there by nobody."""
        status, _ = await self.service.vault.as_service(
            "POST", self._below("data", path), {"data": {"a": "b"}, "options": {"cas": 0}}
        )
        assert status == 200

    async def lose(self, path: SecretPath) -> None:
        """The secret goes, and its record does not hear of it."""
        status, _ = await self.service.vault.as_root("DELETE", self._below("metadata", path))
        assert status == 204

    async def has(self, path: SecretPath) -> bool:
        status, _ = await self.service.vault.as_root("GET", self._below("metadata", path))
        return status == 200

    def _below(self, what: str, path: SecretPath) -> str:
        return f"{self.service.vault.mount}/{what}/{path.organisation_id}/{path.kind}/{path.id}"


def credential(organisation_id: str, credential_id: str) -> SecretPath:
    return SecretPath(OrganisationId(organisation_id), SecretKind.CREDENTIAL, CredentialId(credential_id))


def orphans(found: Sequence[Difference]) -> list[tuple[SecretPath, bool]]:
    """The secrets without records, and whether they were destroyed; there is nothing else."""
    assert all(isinstance(difference, SecretWithoutRecord) for difference in found)
    return [(one.path, one.destroyed) for one in found if isinstance(one, SecretWithoutRecord)]
