"""Connections' access tokens as they were last issued or renewed, in memory; never a refresh token."""

from contextlib import AbstractContextManager
from functools import lru_cache
from typing import Self, TypeVar

import attrs

from app.use_cases.remembered import Reading, Remembered
from domain.connections import Connection, ConnectionStatus
from domain.flows import AuthorizationFlow
from domain.ids import AppId, ConnectionId, CredentialId, OrganisationId
from domain.ports import Clock, Hint, HintKind, Hints
from domain.tokens import AccessToken, TokenGrant

Text = TypeVar("Text", bound=str)


@attrs.frozen(kw_only=True)
class CurrentGrant(AccessToken):
    """An active connection's token, and by what it is known to be the newest; the connection's id is its key.

    One object, not a token within another: there are very many.

    Attributes:
        secret_version: What was recorded when the token was read: it is at least as new as that.

    """

    organisation_id: OrganisationId
    app_id: AppId
    credential_id: CredentialId
    secret_version: int

    def is_of(self, connection: Connection) -> bool:
        """Whether nothing newer is recorded."""
        return (self.credential_id, self.secret_version) == (connection.credential_id, connection.secret_version)


@attrs.frozen
class CurrentGrants:
    """A HintListener over a memory; made by ``of``, one for a process."""

    clock: Clock
    hints: Hints
    memory: Remembered[str, CurrentGrant]

    @classmethod
    def of(cls, clock: Clock, hints: Hints, *, most: int, grace_seconds: float) -> Self:
        grants = cls(clock, hints, Remembered(hints=hints, most=most, grace_seconds=grace_seconds))
        hints.subscribe(grants)
        return grants

    def get(self, connection_id: str, *, minimum_validity: float) -> CurrentGrant | None:
        """What is proven, and valid for so many seconds."""
        current = self.memory.get(connection_id)
        if current is None or current.is_due(self.clock.now(), minimum_validity=minimum_validity):
            return None
        return current

    def trusted(self, connection_id: ConnectionId, *, rejected: str | None) -> CurrentGrant | None:
        """What may be answered where Postgres does not: whatever is not over."""
        return self._usable(self.memory.trusted(connection_id), rejected)

    def confirmed(self, connection: Connection, *, rejected: str | None) -> AccessToken | None:
        """The token that is not over of a connection which was just looked up, where nothing newer is recorded."""
        current = self._usable(self.memory.last(connection.id), rejected)
        return None if current is None or not current.is_of(connection) else current

    def reading(self, connection_id: ConnectionId) -> AbstractContextManager[Reading[str]]:
        """A look-up; it begins before Postgres is asked."""
        return self.memory.reading(connection_id)

    def keep(self, reading: Reading[str], connection: Connection, token: AccessToken) -> None:
        """What was read for a connection that was looked up in the same reading, and is active."""
        known = self.memory.last(connection.id)
        if known is None or known.obtained_at <= token.obtained_at or not known.is_of(connection):
            self.memory.keep(reading, _current(connection, token, secret_version=connection.secret_version))

    def renewed(self, reading: Reading[str], connection: Connection, grant: TokenGrant, *, secret_version: int) -> None:
        """A newer grant than all have had until now; ``reading`` began before its version was recorded."""
        outdated = reading.is_outdated
        self.hints.publish(Hint(HintKind.CONNECTION, connection.id))
        if not outdated and grant.account.refused is None:
            self.memory.put(connection.id, _current(connection, grant, secret_version=secret_version))

    def adopted(self, reading: Reading[str], connection: Connection, grant: TokenGrant) -> None:
        """What another replica stored, of a connection that was looked up in this reading."""
        if connection.status is ConnectionStatus.ACTIVE and grant.account.refused is None:
            self.keep(reading, connection, grant)

    def connected(
        self, reading: Reading[str], flow: AuthorizationFlow, grant: TokenGrant, *, secret_version: int
    ) -> None:
        """A flow's grant; ``reading`` began before it was recorded. It is issued though the secret store is away."""
        self.memory.keep(
            reading,
            _of(
                grant,
                organisation_id=flow.organisation_id,
                app_id=flow.app_id,
                credential_id=flow.credential_id,
                secret_version=secret_version,
            ),
        )

    def told(self, hint: Hint) -> None:
        if hint.kind is HintKind.CONNECTION:
            self.memory.drop(hint.id)
        elif hint.kind is HintKind.ORGANISATION:
            self.memory.drop_where(lambda current: current.organisation_id == hint.id)

    def missed(self) -> None:
        self.memory.missed()

    def _usable(self, current: CurrentGrant | None, rejected: str | None) -> CurrentGrant | None:
        if current is None or current.is_due(self.clock.now(), minimum_validity=0):
            return None
        return None if current.access_token.fingerprint() == rejected else current


@lru_cache(maxsize=1024, typed=True)
def _shared(text: Text) -> Text:
    """The same object for what is equal: very many connections have few apps and scopes between them."""
    return text


def _current(connection: Connection, token: AccessToken, *, secret_version: int) -> CurrentGrant:
    return _of(
        token,
        organisation_id=connection.organisation_id,
        app_id=connection.app_id,
        credential_id=connection.credential_id,
        secret_version=secret_version,
    )


def _of(
    token: AccessToken,
    *,
    organisation_id: OrganisationId,
    app_id: AppId,
    credential_id: CredentialId,
    secret_version: int,
) -> CurrentGrant:
    return CurrentGrant(
        access_token=token.access_token,
        token_type=_shared(token.token_type),
        obtained_at=token.obtained_at,
        expires_at=token.expires_at,
        scope=_shared(token.scope),
        organisation_id=_shared(organisation_id),
        app_id=_shared(app_id),
        credential_id=credential_id,
        secret_version=secret_version,
    )
