"""Every way we say no.

SwitchboardError
├── InvalidRequest                  the caller's request is malformed
│   └── NotOfferedYet               … or asks for what this version does not do
├── PayloadTooLarge                 … or holds too much
├── InvalidState                    the callback, ticket or browser is not one we are waiting for
│   └── FlowLapsed                  … said to the flow's own browser alone
├── FlowFailed                      the provider ended the flow; recorded, and told again
│   ├── AuthorizationDenied         the user said no
│   ├── ProviderError               the provider answered an OAuth error
│   ├── ProviderProtocolError       the provider's answer is not OAuth
│   ├── ProviderUnavailable         the provider did not answer
│   │   └── ProviderUnreachable     … and was sent nothing
│   ├── AccountMismatch             the user connected another account than before
│   └── ConnectionGone              … or a NotFound: what was to be re-authorised was deleted meanwhile
├── FlowInterrupted                 we stopped between the exchange and Vault
├── CallbackInProgress              the first of two callbacks still runs
├── NeedsReauthorization            the grant is over; the user must connect again
├── Unauthorized                    no valid key
├── Forbidden                       the role may not
├── NotFound                        not there, or another organisation's
├── AlreadyExists
│   └── CallbackUrlTaken
├── ManagedByConnection             a connection owns it, and is what to change
├── IdentityUnavailable             an issuer of JWTs does not answer
└── StorageUnavailable              Vault or Postgres does not answer

A class's docstring is its message to the caller: one sentence or two that say what to do, and nothing secret.
Statuses stand in ``app/http/errors.py``. What a port raises and a use case must handle is in ``domain.ports``.
"""

from collections.abc import Mapping
from typing import ClassVar

import attrs

from domain.ids import ConnectionId


@attrs.frozen
class FieldError:
    """One member of a request or a document, and what is wrong with it."""

    field: str
    message: str


class SwitchboardError(Exception):
    """A refusal with a stable ``code``; its message tells the caller what to do."""

    code: ClassVar[str]

    def __init__(self, message: str | None = None) -> None:
        self.message = message or " ".join((type(self).__doc__ or "").split())
        super().__init__(self.message)

    @property
    def extensions(self) -> Mapping[str, object]:
        """What a program can read beside the message."""
        return {}


class InvalidRequest(SwitchboardError):
    """The request is not valid; mend the fields that are named."""

    code = "invalid_request"

    def __init__(self, message: str | None = None, *, fields: tuple[FieldError, ...] = ()) -> None:
        super().__init__(message)
        self.fields = fields

    @property
    def extensions(self) -> Mapping[str, object]:
        return {"fields": [attrs.asdict(field) for field in self.fields]} if self.fields else {}


class NotOfferedYet(InvalidRequest):
    """This version of Switchboard does not offer that yet; leave the member out."""


class PayloadTooLarge(SwitchboardError):
    """The request holds too much. Send less of it."""

    code = "payload_too_large"


class InvalidState(SwitchboardError):
    """This authorisation is unknown, over, or not yours. Start the connection again."""

    code = "invalid_state"


class FlowLapsed(InvalidState):
    """This authorisation took too long. Start the connection again."""


class FlowFailed(SwitchboardError):
    """The provider ended the authorisation. Start the connection again.

    ``status`` is that of the provider's answer, None where none came; ``retry_after`` for how many seconds it, or we,
    want not to be asked again.
    """

    def __init__(
        self,
        message: str | None = None,
        *,
        error: str | None = None,
        description: str | None = None,
        status: int | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.error = error
        self.description = description
        self.status = status
        self.retry_after = retry_after

    @property
    def extensions(self) -> Mapping[str, object]:
        told = {"error": self.error, "errorDescription": self.description}
        return {name: value for name, value in told.items() if value is not None}


class AuthorizationDenied(FlowFailed):
    """The user refused the authorisation at the provider. Start the connection again if that was a mistake."""

    code = "authorization_denied"


class ProviderError(FlowFailed):
    """The provider refused; its own code is in extensions.error. Mend the app or the request, and start again."""

    code = "provider_error"


class ProviderProtocolError(FlowFailed):
    """The provider's answer is not valid OAuth. Check the app's endpoints and issuer, and start again."""

    code = "provider_protocol_error"


class ProviderUnavailable(FlowFailed):
    """The provider did not answer. Try again later, starting the connection anew."""

    code = "provider_unavailable"


class ProviderUnreachable(ProviderUnavailable):
    """The provider cannot be reached. Check the app's endpoints."""


class AccountMismatch(FlowFailed):
    """That is another account at the provider than before. Start again with the same one: nothing has changed."""

    code = "account_mismatch"


class FlowInterrupted(SwitchboardError):
    """We stopped before the provider's grant was stored. Start the connection again."""

    code = "flow_interrupted"


class CallbackInProgress(SwitchboardError):
    """The same callback is still being worked on. Send it again in some seconds."""

    code = "callback_in_progress"


class NeedsReauthorization(SwitchboardError):
    """The provider's grant is over. Have the user connect again: POST …/connection-init with this connectionId."""

    code = "needs_reauthorization"

    def __init__(self, message: str | None = None, *, connection_id: ConnectionId | None = None) -> None:
        super().__init__(message)
        self.connection_id = connection_id

    def of(self, connection_id: ConnectionId) -> "NeedsReauthorization":
        """The same, of this connection: it is what to start again with."""
        return NeedsReauthorization(self.message, connection_id=connection_id)

    @property
    def extensions(self) -> Mapping[str, object]:
        return {} if self.connection_id is None else {"connectionId": str(self.connection_id)}


class Unauthorized(SwitchboardError):
    """No valid key or token was sent. Send one as: Authorization: Bearer <API key or JWT>."""

    code = "unauthorized"


class Forbidden(SwitchboardError):
    """This API key's roles do not allow that. Use a key that has the role."""

    code = "forbidden"


class NotFound(SwitchboardError):
    """There is no such thing here. Check the identifiers in the address."""

    code = "not_found"


class ConnectionGone(FlowFailed, NotFound):
    """The connection was deleted while it was being re-authorised. Start a new one."""

    code = NotFound.code


class AlreadyExists(SwitchboardError):
    """That identifier is in use. Choose another, or leave it out to be given one."""

    code = "already_exists"


class CallbackUrlTaken(AlreadyExists):
    """Another app has that relayCallbackUrl. Give each app a path of its own."""

    code = "callback_url_taken"


class ManagedByConnection(SwitchboardError):
    """A connection owns this credential. Change or delete the connection instead."""

    code = "managed_by_connection"


class IdentityUnavailable(SwitchboardError):
    """The issuer of this token cannot be asked for its keys. Send the same request again in some seconds."""

    code = "identity_unavailable"


class StorageUnavailable(SwitchboardError):
    """The secret store or the database does not answer. Send the same request again in some seconds."""

    code = "storage_unavailable"
