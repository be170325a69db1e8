"""Compare what is in Vault with what the records say, and with a person's word mend it."""

from collections.abc import AsyncGenerator, Collection
from datetime import timedelta
from typing import TypeAlias

import attrs

from domain.errors import NotFound
from domain.ids import OrganisationId
from domain.ports import (
    Clock,
    ExpectedSecret,
    KeptSecret,
    NotNow,
    RefreshLeases,
    SecretInventory,
    SecretKind,
    SecretLedger,
    SecretPath,
)

_BATCH = 5000
_AGE = timedelta(hours=1)
"""Longer than whatever writes a secret before its record, or a record before its secret, is under way."""

_MISSING = "secret_missing"
_LEASE_SECONDS = 30.0


class NotTheirRecords(Exception):
    """There are secrets, and no organisation at all: these are hardly the records of those."""


@attrs.frozen
class SecretWithoutRecord:
    path: SecretPath
    kept: KeptSecret
    destroyed: bool


@attrs.frozen
class RecordWithoutSecret:
    """``marked``: it is a connection, and NEEDS_REAUTHORIZATION now."""

    expected: ExpectedSecret
    marked: bool


Difference: TypeAlias = SecretWithoutRecord | RecordWithoutSecret


@attrs.frozen(kw_only=True)
class ReconcileSecrets:
    """Organisation by organisation: which secrets one has is held in memory, of one at a time.

    Each store is asked again before anything is said of what the other has: what was made or removed meanwhile is no
    difference. A secret younger than ``age`` is none either.
    """

    inventory: SecretInventory
    ledger: SecretLedger
    leases: RefreshLeases
    clock: Clock
    age: timedelta = _AGE
    batch: int = _BATCH

    async def __call__(self, *, apply: bool) -> AsyncGenerator[Difference, None]:
        """Each difference as it is found; with ``apply``, once the secret is destroyed, or the connection marked.

        Raises NotTheirRecords before anything is looked at, and StorageUnavailable.
        """
        with_secrets = await self.inventory.organisations()
        with_records = await self.ledger.organisations()
        if with_secrets and not with_records:
            raise NotTheirRecords
        for organisation_id in sorted({*with_secrets, *with_records}):
            for kind in SecretKind:
                paths = frozenset(await self.inventory.paths(organisation_id, kind))
                async for orphan in self._without_record(organisation_id, kind, paths, apply=apply):
                    yield orphan
                async for record in self._without_secret(organisation_id, kind, paths, apply=apply):
                    yield record

    async def _without_record(
        self, organisation_id: OrganisationId, kind: SecretKind, paths: Collection[SecretPath], *, apply: bool
    ) -> AsyncGenerator[SecretWithoutRecord, None]:
        in_order = sorted(paths, key=lambda path: path.id)
        for begin in range(0, len(in_order), self.batch):
            some = in_order[begin : begin + self.batch]
            for path in await self.ledger.unaccounted(organisation_id, kind, some):
                kept = await self.inventory.look_at(path)
                if kept is None or kept.updated_at > self.clock.now() - self.age:
                    continue
                if not await self.ledger.unaccounted(organisation_id, kind, [path]):
                    continue
                if apply:
                    await self.inventory.destroy(path)
                yield SecretWithoutRecord(path, kept, destroyed=apply)

    async def _without_secret(
        self, organisation_id: OrganisationId, kind: SecretKind, paths: Collection[SecretPath], *, apply: bool
    ) -> AsyncGenerator[RecordWithoutSecret, None]:
        after: SecretPath | None = None
        while page := await self.ledger.expected(organisation_id, kind, after=after, first=self.batch):
            after = page[-1].path
            for record in page:
                if record.path not in paths and await self._is_missing(record.path):
                    yield RecordWithoutSecret(record, marked=apply and await self._mark(record))

    async def _is_missing(self, path: SecretPath) -> bool:
        return await self.inventory.look_at(path) is None and await self.ledger.expects(path)

    async def _mark(self, record: ExpectedSecret) -> bool:
        """Under its lease, for a refresh might keep a grant meanwhile; whether it was a connection, and is marked."""
        if record.connection_id is None:
            return False
        try:
            lease = await self.leases.take(
                record.path.organisation_id, record.connection_id, seconds=_LEASE_SECONDS, through_rest=True
            )
        except NotFound:
            return False
        if isinstance(lease, NotNow):
            return False
        if await self._is_missing(record.path):
            return await self.leases.end(lease, reason=_MISSING, secret_version=lease.connection.secret_version)
        await self.leases.release(lease)
        return False
