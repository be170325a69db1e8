"""An authorization flow, from connection-init to its end; its states as a table.

``waiting`` for the start page's button, ``started`` at the provider, ``finishing`` claimed by one callback for good.
Only what the table allows happens: an adapter takes the statuses for its WHERE clause from ``statuses_before``.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from enum import StrEnum, auto

import attrs

from domain.auth_configs import AuthType
from domain.errors import (
    AccountMismatch,
    AuthorizationDenied,
    ConnectionGone,
    FlowFailed,
    InvalidState,
    ProviderError,
    ProviderProtocolError,
    ProviderUnavailable,
)
from domain.ids import AppId, AttemptId, CallbackId, ConnectionId, CredentialId, FlowId, OrganisationId
from domain.narrowing import EVERYTHING, Narrowing
from domain.oauth import words
from domain.oauth.client import OAuthClient
from domain.secret import Secret


class FlowStatus(StrEnum):
    WAITING = auto()
    STARTED = auto()
    FINISHING = auto()
    CONNECTED = auto()
    FAILED = auto()
    INTERRUPTED = auto()
    LAPSED = auto()


class FlowEvent(StrEnum):
    START = auto()  # a browser pressed the start page's button
    CLAIM = auto()  # a callback took the flow for good
    CONNECT = auto()  # the grant is in the secret store, and recorded
    FAIL = auto()  # the provider refused, or its answer was no grant, or one that may not be used
    INTERRUPT = auto()  # nothing could be made durable
    LAPSE = auto()  # never claimed in time


TRANSITIONS: Mapping[FlowStatus, Mapping[FlowEvent, FlowStatus]] = {
    FlowStatus.WAITING: {FlowEvent.START: FlowStatus.STARTED, FlowEvent.LAPSE: FlowStatus.LAPSED},
    FlowStatus.STARTED: {
        FlowEvent.START: FlowStatus.STARTED,  # the same browser may press again
        FlowEvent.CLAIM: FlowStatus.FINISHING,
        FlowEvent.LAPSE: FlowStatus.LAPSED,
    },
    FlowStatus.FINISHING: {
        FlowEvent.CONNECT: FlowStatus.CONNECTED,
        FlowEvent.FAIL: FlowStatus.FAILED,
        FlowEvent.INTERRUPT: FlowStatus.INTERRUPTED,
    },
    # A write whose answer was lost may land after all: the grant is then at the allotted path, and is not given up.
    FlowStatus.INTERRUPTED: {FlowEvent.CONNECT: FlowStatus.CONNECTED, FlowEvent.FAIL: FlowStatus.FAILED},
    FlowStatus.CONNECTED: {},
    FlowStatus.FAILED: {},
    FlowStatus.LAPSED: {},
}


def statuses_before(event: FlowEvent) -> tuple[FlowStatus, ...]:
    """The statuses in which the event may happen."""
    return tuple(status for status, events in TRANSITIONS.items() if event in events)


@attrs.frozen
class ByRelay:
    """The flow is finished by the principal that began it, through its own front end.

    Attributes:
        only: What the principal is narrowed to now: a token of the same subject may say less than the one that began.

    """

    principal_id: str
    only: Narrowing = EVERYTHING


@attrs.frozen
class ByBrowser:
    """The flow is finished on the app's landing page by the browser that began it.

    Attributes:
        cookies: What the browser carries of ours, each under its flow's id.

    """

    callback_id: CallbackId
    cookies: Mapping[FlowId, Secret]


Presenter = ByRelay | ByBrowser


@attrs.frozen(kw_only=True)
class FlowFailure:
    """How the provider ended a flow: enough to tell the same again.

    Attributes:
        code: Our error's code.
        error: The provider's own code, if it sent one.
        description: Its words, cut and cleaned.

    """

    code: str
    message: str
    error: str | None = None
    description: str | None = None


@attrs.frozen(kw_only=True)
class AuthorizationFlow:
    """One authorisation.

    Attributes:
        state: Known to whoever made the flow, presents it, or holds the ticket; the store keeps its hash.
        ticket: Likewise; None for a relay, and for whoever came by ``state``.
        code_verifier: RFC 7636; readable only with ``state``, and gone once the flow is claimed.
        app_organisation_id: Whose the app is, and so its secrets: another organisation's where the app is public.
        principal_id: Who began it; ``principal_name`` is what a person calls it.
        relay: Whether its front end hands the callback to the API.
        browser_fingerprint: Of the cookie of the browser that pressed the button; None until then.
        client: The registration as it was when the flow began.
        connection_id: Allotted at init, as is ``credential_id``, so that both are known before the grant is; one that
            is there already where ``reauthorises`` says so.
        allow_account_change: Whether the grant may be of another account than the connection's.
        answer_fingerprint: Of the code or error that claimed it (``Callback.fingerprint``).
        overdue: Claimed, and past its deadline by the store's clock: whoever claimed it has stopped.

    """

    id: FlowId
    organisation_id: OrganisationId
    organisation_name: str
    app_id: AppId
    app_organisation_id: OrganisationId
    app_name: str
    auth_type: AuthType
    name: str
    principal_id: str
    principal_name: str
    relay: bool
    callback_id: CallbackId
    redirect_uri: str
    client: OAuthClient
    scopes: tuple[str, ...]
    additional_parameters: Mapping[str, str] = attrs.field(factory=dict)
    return_url: str | None = None
    connection_id: ConnectionId
    credential_id: CredentialId
    reauthorises: bool = False
    allow_account_change: bool = False
    state: Secret | None
    ticket: Secret | None
    code_verifier: Secret | None
    status: FlowStatus
    browser_fingerprint: str | None = None
    answer_fingerprint: str | None = None
    attempt: AttemptId | None = None
    failure: FlowFailure | None = None
    created_at: datetime
    expires_at: datetime
    overdue: bool = False

    def is_bound_to(self, presenter: Presenter) -> bool:
        """Whether this is the principal, or the landing page and browser, from which the flow takes its callback."""
        match presenter:
            case ByRelay(principal_id, only):
                return self.relay and principal_id == self.principal_id and self._is_inside(only)
            case ByBrowser(callback_id, cookies):
                return not self.relay and callback_id == self.callback_id and self.is_in_browser_with(cookies)

    def nonce(self) -> str | None:
        """What an ID token has to say (OpenID Connect Core §3.1.2.1), known to nobody without ``state``.

        None where no OpenID provider was asked. Raises InvalidState without ``state``.
        """
        if self.auth_type is not AuthType.OIDC:
            return None
        if self.state is None:
            raise InvalidState
        return self.state.derive("switchboard nonce", message=self.id)

    def _is_inside(self, only: Narrowing) -> bool:
        if self.reauthorises:
            return only.includes_connection(self.connection_id, app_id=self.app_id)
        return only.includes_new_connection(app_id=self.app_id)

    def is_in_browser_with(self, cookies: Mapping[FlowId, Secret]) -> bool:
        """Whether these are the cookies of the browser that pressed the start page's button."""
        browser = cookies.get(self.id)
        return browser is not None and browser.fingerprint() == self.browser_fingerprint

    def may_be_started_with(self, cookies: Mapping[FlowId, Secret]) -> bool:
        """Whether a browser with these cookies may press the button: the first, and the same again."""
        untaken = self.browser_fingerprint is None
        return self.status in statuses_before(FlowEvent.START) and (untaken or self.is_in_browser_with(cookies))


_FAILURES: Mapping[str, type[FlowFailed]] = {
    failed.code: failed
    for failed in (
        AccountMismatch,
        AuthorizationDenied,
        ConnectionGone,
        ProviderError,
        ProviderProtocolError,
        ProviderUnavailable,
    )
}


def failure_of(error: FlowFailed) -> FlowFailure:
    """What to keep of the error that ended a flow."""
    return FlowFailure(code=error.code, message=error.message, error=error.error, description=error.description)


def without_secrets(failed: FlowFailed, secrets: Iterable[Secret]) -> FlowFailed:
    """The same error with these secrets struck out of the provider's words: some providers echo what they were sent."""
    secrets = tuple(secrets)
    return type(failed)(
        failed.message,
        error=words.without(failed.error, secrets),
        description=words.without(failed.description, secrets),
        status=failed.status,
        retry_after=failed.retry_after,
    )


def error_of(failure: FlowFailure) -> FlowFailed:
    """The error that ended a flow, again."""
    return _FAILURES[failure.code](failure.message, error=failure.error, description=failure.description)
