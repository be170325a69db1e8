from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

import attrs

from adapters.memory.connections import MemoryConnectionStore
from adapters.memory.organisations import MemoryOrganisationStore
from adapters.memory.paging import page_of
from domain.credentials import CredentialTerms
from domain.errors import NotFound
from domain.ids import CredentialId, OrganisationId
from domain.lists import ListQuery, Page
from domain.narrowing import EVERYTHING, Narrowing
from domain.ports import AnnouncedCredential, Clock, CredentialBusy, CredentialRecord, NewConnection, SecretPath


@attrs.define
class _Announced:
    terms: CredentialTerms
    version: int
    until: datetime


@attrs.define
class _Kept:
    record: CredentialRecord
    announced: _Announced | None = None
    removal_at: datetime | None = None
    removing: bool = False

    @property
    def due_at(self) -> datetime | None:
        if self.removal_at is not None:
            return self.removal_at
        return self.record.terms.expires_at if self.announced is None else None


@attrs.frozen
class MemoryCredentialStore:
    """A CredentialStore, by this clock. A MemoryFlowStore puts into it what its flows connected, or left behind."""

    organisations: MemoryOrganisationStore
    connections: MemoryConnectionStore
    clock: Clock
    _kept: dict[CredentialId, _Kept] = attrs.field(factory=dict, init=False)

    def put(self, new: NewConnection) -> None:
        connection = new.connection
        terms = CredentialTerms(
            name=connection.name,
            type=new.credential_type,
            redact_fields=new.credential_redact_fields,
            expires_at=new.credential_expires_at,
        )
        record = self._record(connection.organisation_id, connection.credential_id, terms, version=1)
        self._kept[record.id] = _Kept(
            attrs.evolve(
                record, connection=connection, created_at=connection.created_at, updated_at=connection.updated_at
            )
        )

    def hide(self, credential_id: CredentialId, *, hidden: bool) -> None:
        """Its connection is not there for readers, or is there from now on."""
        if credential_id in self._kept:
            self._kept[credential_id].removing = hidden

    def has(self, path: SecretPath) -> bool:
        """Whether there is one whose removal has not begun."""
        kept = self._kept.get(path.id) if isinstance(path.id, CredentialId) else None
        return kept is not None and kept.record.organisation_id == path.organisation_id and not kept.removing

    def rename(self, credential_id: CredentialId, name: str) -> None:
        kept = self._kept[credential_id]
        terms = attrs.evolve(kept.record.terms, name=name)
        kept.record = attrs.evolve(kept.record, terms=terms, updated_at=self.clock.now())

    def put_left_behind(
        self,
        organisation_id: OrganisationId,
        credential_id: CredentialId,
        terms: CredentialTerms,
        *,
        seconds: float = 0,
    ) -> None:
        record = self._record(organisation_id, credential_id, terms, version=0)
        self._kept.setdefault(credential_id, _Kept(record, removal_at=self._in(seconds), removing=True))

    def supersede(self, credential_id: CredentialId) -> None:
        """Its connection has another: nothing owns it any more, and it goes."""
        if credential_id in self._kept:
            kept = self._kept[credential_id]
            kept.record = attrs.evolve(kept.record, connection=None, secret_version=0)
            kept.removing, kept.removal_at = True, self.clock.now()

    async def add(
        self, organisation_id: OrganisationId, credential_id: CredentialId, terms: CredentialTerms, *, seconds: float
    ) -> None:
        await self.organisations.get(organisation_id)
        record = self._record(organisation_id, credential_id, terms, version=0)
        later = self._in(seconds)
        self._kept[credential_id] = _Kept(record, _Announced(terms, 1, later), removal_at=later)

    async def get(self, organisation_id: OrganisationId, credential_id: CredentialId) -> CredentialRecord:
        kept = self._found(organisation_id, credential_id)
        return await self._with_connection(kept.record)

    async def list(
        self, organisation_id: OrganisationId, query: ListQuery, *, only: Narrowing = EVERYTHING
    ) -> Page[CredentialRecord]:
        everything = [kept.record for kept in self._kept.values() if self._is_found(kept, organisation_id)]
        found = [record for record in everything if _is_inside(only, record)]
        now = {record.id: await self._with_connection(record) for record in found}
        return page_of(now.values(), query)

    async def announce(
        self,
        organisation_id: OrganisationId,
        credential_id: CredentialId,
        terms: CredentialTerms,
        *,
        version: int,
        seconds: float,
    ) -> None:
        kept = self._found(organisation_id, credential_id)
        if kept.record.connection is not None:
            raise NotFound
        under_way = kept.announced is not None and kept.announced.until > self.clock.now()
        if under_way or version != kept.record.secret_version + 1:
            raise CredentialBusy
        kept.announced = _Announced(terms, version, self._in(seconds))

    async def settle(
        self, organisation_id: OrganisationId, credential_id: CredentialId, *, version: int
    ) -> CredentialRecord:
        kept = self._kept.get(credential_id)
        if kept is not None and kept.announced is not None and not kept.removing and kept.announced.version == version:
            at = kept.record.created_at if kept.record.secret_version == 0 else self.clock.now()
            terms = kept.announced.terms
            kept.record = attrs.evolve(kept.record, terms=terms, secret_version=version, updated_at=at)
            kept.announced, kept.removal_at = None, None
        return await self.get(organisation_id, credential_id)

    async def withdraw(self, announced: AnnouncedCredential) -> None:
        kept = self._kept.get(announced.id)
        if kept is not None and kept.announced is not None and kept.announced.version == announced.version:
            kept.announced = None

    async def take_unsettled(self, *, first: int, seconds: float) -> Sequence[AnnouncedCredential]:
        now, taken = self.clock.now(), []
        for kept in self._kept.values():
            if kept.announced is not None and kept.record.secret_version > 0 and kept.announced.until <= now:
                kept.announced.until = self._in(seconds)
                taken.append(
                    AnnouncedCredential(
                        organisation_id=kept.record.organisation_id, id=kept.record.id, version=kept.announced.version
                    )
                )
        return taken[:first]

    async def begin_removal(
        self, organisation_id: OrganisationId, credential_id: CredentialId, *, seconds: float
    ) -> None:
        kept = self._found(organisation_id, credential_id)
        if kept.record.connection is not None:
            raise NotFound
        self._begin(kept, seconds)

    async def take_due(self, *, first: int, seconds: float) -> Sequence[tuple[OrganisationId, CredentialId]]:
        due = sorted(self._due(), key=lambda pair: pair[0])[:first]
        for _, kept in due:
            self._begin(kept, seconds)
            if kept.record.connection is not None:
                self.connections.end_with_credential(
                    kept.record.organisation_id, kept.record.connection.id, kept.record.id
                )
        return [(kept.record.organisation_id, kept.record.id) for _, kept in due]

    async def remove(self, credential_ids: Collection[CredentialId]) -> None:
        for credential_id in credential_ids:
            if credential_id in self._kept and self._kept[credential_id].removing:
                del self._kept[credential_id]

    async def seconds_late(self) -> float:
        now = self.clock.now()
        return max(((now - due_at).total_seconds() for due_at, _ in self._due()), default=0.0)

    def _due(self) -> Sequence[tuple[datetime, _Kept]]:
        now = self.clock.now()
        return [(at, kept) for kept in self._kept.values() if (at := kept.due_at) is not None and at <= now]

    def _begin(self, kept: _Kept, seconds: float) -> None:
        kept.removing, kept.announced, kept.removal_at = True, None, self._in(seconds)

    def _found(self, organisation_id: OrganisationId, credential_id: CredentialId) -> _Kept:
        kept = self._kept.get(credential_id)
        if kept is None or not self._is_found(kept, organisation_id):
            raise NotFound
        return kept

    def _is_found(self, kept: _Kept, organisation_id: OrganisationId) -> bool:
        expires_at = kept.record.terms.expires_at
        over = expires_at is not None and expires_at <= self.clock.now()
        settled = kept.record.secret_version > 0 and not kept.removing
        return kept.record.organisation_id == organisation_id and settled and not over

    async def _with_connection(self, record: CredentialRecord) -> CredentialRecord:
        """With its connection as that is now."""
        if record.connection is None:
            return record
        connection = await self.connections.get(record.organisation_id, record.connection.id)
        return attrs.evolve(record, connection=connection, secret_version=connection.secret_version)

    def _record(
        self, organisation_id: OrganisationId, credential_id: CredentialId, terms: CredentialTerms, *, version: int
    ) -> CredentialRecord:
        now = self.clock.now()
        return CredentialRecord(
            id=credential_id,
            organisation_id=organisation_id,
            terms=terms,
            secret_version=version,
            connection=None,
            created_at=now,
            updated_at=now,
        )

    def _in(self, seconds: float) -> datetime:
        return self.clock.now() + timedelta(seconds=seconds)


def _is_inside(only: Narrowing, record: CredentialRecord) -> bool:
    connection = record.connection
    if connection is None:
        return only.is_everything
    return only.includes_connection(connection.id, app_id=connection.app_id)
