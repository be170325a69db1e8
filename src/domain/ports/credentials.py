"""Credentials' records: all of a credential but its data, which is in the secret store."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

import attrs

from domain.connections import Connection
from domain.credentials import CredentialTerms
from domain.ids import CredentialId, OrganisationId
from domain.lists import ListQuery, Page
from domain.narrowing import EVERYTHING, Narrowing


@attrs.frozen(kw_only=True)
class CredentialRecord:
    """A credential without its data.

    Attributes:
        secret_version: The secret store's version that these terms are of.
        connection: The connection that owns it, if one does.

    """

    id: CredentialId
    organisation_id: OrganisationId
    terms: CredentialTerms
    secret_version: int
    connection: Connection | None
    created_at: datetime
    updated_at: datetime

    @property
    def name(self) -> str:
        return self.terms.name


@attrs.frozen(kw_only=True)
class AnnouncedCredential:
    """A credential whose terms for ``version`` were announced, and not settled in time."""

    organisation_id: OrganisationId
    id: CredentialId
    version: int


class CredentialBusy(Exception):
    """A replacement of the credential is under way."""


class CredentialStore(Protocol):
    """Terms and data are in two stores, and belong together at any moment that a process may die.

    So the terms are announced for the version that the data will have, before the data is written, and hold once that
    version is settled. A reader who finds a newer version of the data than is settled settles it.
    Here, readers find a credential neither before its first version is settled, nor at and after its ``expires_at`` by
    the store's clock, nor once its removal began.
    """

    async def add(
        self, organisation_id: OrganisationId, credential_id: CredentialId, terms: CredentialTerms, *, seconds: float
    ) -> None:
        """Announce version 1 of a new credential, which is due to be removed unless that is settled in these seconds.

        Raises NotFound for an unknown organisation.
        """

    async def get(self, organisation_id: OrganisationId, credential_id: CredentialId) -> CredentialRecord:
        """Raises NotFound."""

    async def list(
        self, organisation_id: OrganisationId, query: ListQuery, *, only: Narrowing = EVERYTHING
    ) -> Page[CredentialRecord]:
        """The organisation's credentials inside of ``only``: what no connection owns is outside of every narrowing."""

    async def announce(
        self,
        organisation_id: OrganisationId,
        credential_id: CredentialId,
        terms: CredentialTerms,
        *,
        version: int,
        seconds: float,
    ) -> None:
        """Announce the terms that hold from ``version`` on; for these seconds nobody else can.

        MUST be atomic: of two at once, one raises CredentialBusy, as does one whose ``version`` is not the next.
        Raises NotFound, also for what a connection owns.
        """

    async def settle(
        self, organisation_id: OrganisationId, credential_id: CredentialId, *, version: int
    ) -> CredentialRecord:
        """What was announced for this version holds from now on; the record as it is now. Twice is as once.

        Nothing changes where nothing, or another version, is announced. Raises NotFound.
        """

    async def withdraw(self, announced: AnnouncedCredential) -> None:
        """Forget what was announced for this version: it was never written."""

    async def take_unsettled(self, *, first: int, seconds: float) -> Sequence[AnnouncedCredential]:
        """At most ``first`` replacements that were not settled in time. As ``take_due``."""

    async def begin_removal(
        self, organisation_id: OrganisationId, credential_id: CredentialId, *, seconds: float
    ) -> None:
        """From now on nobody finds it, and it is due to be removed in these seconds.

        Raises NotFound, also for what a connection owns.
        """

    async def take_due(self, *, first: int, seconds: float) -> Sequence[tuple[OrganisationId, CredentialId]]:
        """At most ``first`` credentials that are due to be removed, the longest due first; their removal begins.

        MUST be atomic: of two at once, no credential is taken by both; what is not removed in these seconds is due
        again. The connection that owns one needs reauthorization from now on, for ``token_expired``. MUST cost what is
        due, however many there are.
        """

    async def remove(self, credential_ids: Collection[CredentialId]) -> None:
        """Forget those whose removal began; their data is destroyed. Twice is as once."""

    async def seconds_late(self) -> float:
        """For how long the longest due has been due; 0 where nothing is. MUST cost what ``take_due`` does."""
