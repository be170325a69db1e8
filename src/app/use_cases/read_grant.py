"""Read a connection's grant as it is stored."""

from collections.abc import Mapping
from typing import TypeAlias

import attrs

from domain.connections import Connection
from domain.errors import NeedsReauthorization
from domain.oauth.client import OAuthClient
from domain.ports import SecretKind, SecretMissing, SecretPath, SecretStore
from domain.secret import Secret
from domain.tokens import TokenGrant

Seen: TypeAlias = TokenGrant | int | None
"""What somebody has and wants a newer one of: a grant, the secret store's version of one, or none."""


@attrs.frozen
class StoredGrant:
    """A connection's document as it is stored.

    Attributes:
        grant: None where a connection that was made from a form has had none yet.

    """

    grant: TokenGrant | None
    version: int
    document: Mapping[str, Secret]

    @property
    def refresh_token(self) -> Secret | None:
        return None if self.grant is None else self.grant.refresh_token

    def is_of(self, seen: Seen) -> bool:
        """Whether nothing newer is stored than what was seen."""
        if isinstance(seen, int):
            return self.version <= seen
        return self.grant is None or (seen is not None and self.grant.attempt == seen.attempt)


@attrs.frozen
class ReadGrant:
    """Read the document, at least as new as recorded, and judge it."""

    secrets: SecretStore

    async def __call__(self, connection: Connection) -> StoredGrant:
        """The grant as it is stored. Raises NeedsReauthorization where there is none to use, StorageUnavailable."""
        try:
            stored = await self.secrets.read(path_of(connection), at_least=connection.secret_version)
        except SecretMissing as error:
            raise NeedsReauthorization(
                "The grant is gone from the secret store. Have the user connect again."
            ) from error
        grant = TokenGrant.from_document(stored.document)
        if isinstance(grant, TokenGrant):
            return StoredGrant(grant, stored.version, stored.document)
        if isinstance(connection.made_with, OAuthClient):
            raise NeedsReauthorization("The stored grant is unusable. Have the user connect again.")
        return StoredGrant(None, stored.version, stored.document)


def path_of(connection: Connection) -> SecretPath:
    """Where a connection's secret is."""
    return SecretPath(connection.organisation_id, SecretKind.CREDENTIAL, connection.credential_id)
