"""What is secret: documents by path, with check-and-set."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Protocol, Self

import attrs

from domain.errors import StorageUnavailable
from domain.ids import AppId, CredentialId, OrganisationId
from domain.secret import Secret


class SecretKind(StrEnum):
    APP = "apps"
    CREDENTIAL = "credentials"


@attrs.frozen
class SecretPath:
    """Where a document is: ``<organisation>/<kind>/<id>``, of validated segments."""

    organisation_id: OrganisationId
    kind: SecretKind
    id: AppId | CredentialId

    @classmethod
    def named(cls, organisation_id: OrganisationId, kind: SecretKind, name: str) -> Self:
        """Raises ValueError for a name that is no id."""
        return cls(organisation_id, kind, AppId(name) if kind is SecretKind.APP else CredentialId(name))


@attrs.frozen
class StoredSecret:
    """A document and its version, from 1 on."""

    document: Mapping[str, Secret]
    version: int


class SecretConflict(Exception):
    """The document is not at the version that the write named."""


class SecretMissing(Exception):
    """There is no document at that path."""


class SecretStoreUnavailable(StorageUnavailable):
    """Vault does not answer, or refuses. Send the same request again in some seconds."""


class SecretStore(Protocol):
    """Documents by path, with check-and-set. Old versions MUST NOT stay readable."""

    async def ready(self) -> None:
        """Return when the store is known to have taken a write of ours in the last 2 seconds; else try one.

        Raises SecretStoreUnavailable. Never writes below a path of a document.
        """

    async def read(self, path: SecretPath, *, at_least: int = 1) -> StoredSecret:
        """The document, of version ``at_least`` or newer. Raises SecretMissing, SecretStoreUnavailable."""

    async def write(self, path: SecretPath, document: Mapping[str, Secret], *, version: int) -> int:
        """Replace version ``version`` (0: there is none), and answer the new one.

        MUST be atomic: of two writes that name the same version, one raises SecretConflict. After
        SecretStoreUnavailable the write may have happened, or happen still: write the same again, and on a conflict
        read what is there.
        """

    async def destroy(self, path: SecretPath) -> None:
        """Remove the document with every version of it: nothing is left to read or restore. Twice is as once."""
