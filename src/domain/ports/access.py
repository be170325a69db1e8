"""Who may come in: organisations, their keys, and how an organisation leaves."""

from collections.abc import Sequence
from typing import Protocol

from domain.access import ApiKey, Organisation
from domain.ids import ApiKeyId, OrganisationId, SigningKeyId
from domain.lists import ListQuery, Page
from domain.narrowing import EVERYTHING, Narrowing
from domain.ports.secrets import SecretPath
from domain.signing_keys import SigningKey


class OrganisationStore(Protocol):
    """One that is being removed (``OffboardingStore``) is there for nobody, and its identifier is in use."""

    async def add(self, organisation: Organisation) -> None:
        """Raises AlreadyExists for an identifier in use."""

    async def get(self, organisation_id: OrganisationId) -> Organisation:
        """Raises NotFound."""

    async def list(self, query: ListQuery) -> Page[Organisation]:
        """All organisations."""


class ApiKeyStore(Protocol):
    async def add(self, key: ApiKey) -> None:
        """Keep what is known of a key, never the key itself. Raises NotFound for an unknown organisation."""

    async def find(self, fingerprint: str) -> ApiKey | None:
        """The key of this SHA-256; None for an unknown or expired one, or one of an organisation being removed."""

    async def platform_admin_exists(self) -> bool:
        """Whether a key that is not expired has the role platform-admin."""

    async def get(self, organisation_id: OrganisationId, key_id: ApiKeyId) -> ApiKey:
        """Raises NotFound, also for another organisation's. An expired key can be read."""

    async def list(
        self, organisation_id: OrganisationId, query: ListQuery, *, only: Narrowing = EVERYTHING
    ) -> Page[ApiKey]:
        """The organisation's keys, expired ones too, without those that reach further than ``only``."""

    async def delete(self, organisation_id: OrganisationId, key_id: ApiKeyId) -> None:
        """The key is nobody's from now on. Raises NotFound, also for another organisation's."""


class SigningKeyStore(Protocol):
    async def add(self, key: SigningKey) -> None:
        """Raises NotFound for an unknown organisation."""

    async def find(self, organisation_id: OrganisationId, key_id: SigningKeyId) -> SigningKey | None:
        """The organisation's key; None also where the organisation is being removed."""

    async def list(self, organisation_id: OrganisationId, query: ListQuery) -> Page[SigningKey]:
        """The organisation's keys."""

    async def delete(self, organisation_id: OrganisationId, key_id: SigningKeyId) -> None:
        """What it signed is nobody's from now on. Raises NotFound, also for another organisation's."""


class OffboardingStore(Protocol):
    """How an organisation leaves: marked, emptied of what has a secret, erased. Each step twice is as once."""

    async def mark(self, organisation_id: OrganisationId) -> None:
        """From now on nobody finds the organisation, its keys or its flows, and no flow begins with an app of it.

        Raises NotFound for an unknown one.
        """

    async def marked(self, *, after: OrganisationId | None = None) -> Sequence[OrganisationId]:
        """The organisations that are being removed, by id, from the one after this on; at most 100."""

    async def seconds_late(self) -> float:
        """For how long the organisation that was marked first has been; 0 where none is."""

    async def secrets_of(self, organisation_id: OrganisationId, *, first: int) -> Sequence[SecretPath]:
        """At most ``first`` paths at which a secret of the organisation is, or may yet come to be.

        So is what others connected to its public apps, which ends with the app's own secret.
        Apps come when nothing needs their secrets any more. What is under way (a flow that a callback finishes, a
        credential that is announced, a connection that was reserved or began to be deleted less than a minute ago) is
        left to it. MUST cost what is answered, however many there are.
        """

    async def forget(self, organisation_id: OrganisationId, paths: Sequence[SecretPath]) -> None:
        """Remove the records (flows, connections, credentials, apps) of these secrets, which are destroyed."""

    async def erase(self, organisation_id: OrganisationId) -> bool:
        """Remove the organisation with its keys, and answer True; False where a record with a secret is left.

        Raises CallbackInProgress while anything is under way: its secret may yet be written.
        """
