"""What is not secret: organisations, keys, apps, flows, connections."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

import attrs

from domain.apps import App
from domain.auth_configs import AuthConfig, AuthType
from domain.connections import Connection, ConnectionStatus
from domain.credentials import CredentialType
from domain.flows import AuthorizationFlow, FlowFailure
from domain.ids import AppId, AttemptId, ConnectionId, CredentialId, FlowId, OrganisationId
from domain.lists import ListQuery, Page
from domain.narrowing import EVERYTHING, Narrowing
from domain.oauth.client import AuthStyle
from domain.secret import Secret


class CursorKey(Protocol):
    async def read(self) -> Secret:
        """What cursors are authenticated with: 256 random bits, always the same, on every replica."""


class AppStore(Protocol):
    async def add(self, app: App) -> None:
        """Raises CallbackUrlTaken where another app, of any organisation, has its relay callback URL.

        Compared after lower-casing scheme and host and dropping a default port (``urls.comparable_url``).
        """

    async def get(self, organisation_id: OrganisationId, app_id: AppId) -> App:
        """Raises NotFound, also for another organisation's, and for a deleted one."""

    async def get_usable(self, organisation_id: OrganisationId, app_id: AppId) -> App:
        """As ``get``, and any organisation's that is public."""

    async def get_public(self, app_id: AppId) -> App:
        """Any organisation's. Raises NotFound for one that is not public, or deleted."""

    async def get_kept(self, organisation_id: OrganisationId, app_id: AppId) -> App:
        """As ``get``, and deleted ones: what a connection was made with."""

    async def secrets_version(
        self, organisation_id: OrganisationId, app_id: AppId, *, connected: OrganisationId
    ) -> int | None:
        """``App.secrets_version``, also of a deleted one, for an organisation with a connection of it; None for none.

        Told by what is recorded when it is asked, of that organisation's app alone.
        """

    async def replace(self, app: App) -> App:
        """Keep this in place of the app of that id, unless one with newer secrets is there; answers what is there now.

        What an app is made with stays: its identifiers, ``created_at`` and, but by ``delete``, ``deleted_at``.
        Raises NotFound for a deleted one, CallbackUrlTaken as ``add``.
        """

    async def delete(self, organisation_id: OrganisationId, app_id: AppId) -> None:
        """Mark it deleted, by the store's clock; its relay callback URL is free. Raises NotFound as ``get``."""

    async def list(
        self, organisation_id: OrganisationId, query: ListQuery, *, only: Narrowing = EVERYTHING
    ) -> Page[App]:
        """The organisation's apps inside of ``only``, but for deleted ones."""

    async def list_public(
        self, organisation_id: OrganisationId | None, query: ListQuery, *, only: Narrowing = EVERYTHING
    ) -> Page[App]:
        """The public apps inside of ``only`` that this organisation does not own."""

    async def any_allows(self, origin: str, *, usable_by: OrganisationId | None) -> bool:
        """Whether any app that the organisation can use, its own or a public one, has this very allowed origin."""

    async def public_configs_of_client(self, client_id: str, *, but: OrganisationId) -> Sequence[AuthConfig]:
        """The configs with this client id of other organisations' public apps."""

    async def learn_auth_style(
        self, organisation_id: OrganisationId, app_id: AppId, auth_type: AuthType, style: AuthStyle
    ) -> None:
        """Keep which client authentication worked, where the config says ``auto``; else nothing changes."""


class FlowTaken(Exception):
    """The flow was claimed by another callback, lapsed, or is not started: look at it again."""


@attrs.frozen(kw_only=True)
class NewConnection:
    """What recording a connected flow writes: connection and credential's record, together or not at all."""

    connection: Connection
    credential_type: CredentialType
    credential_expires_at: datetime | None
    credential_redact_fields: tuple[str, ...] = ()


class FlowStore(Protocol):
    """Authorization flows.

    ``state``, ``ticket`` and cookie MUST be kept as hashes alone, the verifier encrypted under a key derived from
    ``state``: a copy of the store cannot finish a flow. The statuses that a method may meet are those of
    ``flows.TRANSITIONS``; in any other it changes nothing.
    """

    async def add(self, flow: AuthorizationFlow, *, seconds_to_live: float) -> AuthorizationFlow:
        """Keep a new flow; answers it with ``expires_at`` and ``created_at`` by the store's clock."""

    async def get(self, organisation_id: OrganisationId, flow_id: FlowId) -> AuthorizationFlow:
        """The flow without state, ticket and verifier. Raises NotFound, also 24 h after its end.

        Here and below, a flow that was never claimed in time reads as LAPSED.
        """

    async def find_by_ticket(self, ticket: Secret) -> AuthorizationFlow | None:
        """The flow with its state, ticket and verifier while it can be started; without verifier afterwards."""

    async def start(self, organisation_id: OrganisationId, ticket: Secret, *, browser_fingerprint: str) -> bool:
        """Bind the ticket to this browser and mark the flow started. MUST be atomic: of two browsers, one gets it.

        True for the same browser again until the flow is claimed; False for any other, and once the flow has lapsed.
        """

    async def find_by_state(self, state: Secret) -> AuthorizationFlow | None:
        """The flow with its state, and its verifier until it is claimed; None also 24 h after its end."""

    async def find_by_browser(self, browser_fingerprint: str) -> AuthorizationFlow | None:
        """The flow that this browser started, without state, ticket and verifier; None also 24 h after its end."""

    async def claim(
        self,
        flow: AuthorizationFlow,
        *,
        answer_fingerprint: str,
        attempt: AttemptId,
        seconds_to_finish: float,
        secrets_version: int | None = None,
    ) -> None:
        """Take the started, unlapsed flow for good, and forget its verifier.

        MUST be atomic: of two claims at once one returns, the other raises FlowTaken. A commit whose outcome was
        unknown is looked up by ``attempt``. The flow is overdue ``seconds_to_finish`` from now, by the store's clock.
        ``secrets_version`` (None: any will do) is the one of its app's secrets at hand: raises FlowTaken, too, where
        a newer one is recorded, and where that cannot be told, as of another organisation's app that is public no more.
        """

    async def record_connected(self, flow_id: FlowId, new: NewConnection) -> None:
        """In one transaction: the connection, its credential's record, the flow CONNECTED. Twice is as once."""

    async def record_reauthorised(self, flow_id: FlowId, new: NewConnection, *, instead_of: CredentialId) -> bool:
        """In one transaction: the connection there is has this credential, and is ACTIVE; the flow is CONNECTED.

        What ``instead_of`` was is due to be removed (``CredentialStore.take_due``), and nothing that was begun with it
        can be recorded any more. False, and nothing changes, where the connection has not that credential, or is gone.
        """

    async def record_failed(
        self, organisation_id: OrganisationId, flow_id: FlowId, failure: FlowFailure, *, secured: bool = False
    ) -> None:
        """The flow is FAILED, and tells this failure from now on.

        ``secured``: what was kept at its credential's id is due to be removed (``CredentialStore.take_due``) in a
        minute, so that a write of it that is late goes too.
        """

    async def record_interrupted(self, organisation_id: OrganisationId, flow_id: FlowId) -> None:
        """The flow is INTERRUPTED."""

    async def take_overdue(self, *, first: int, seconds: float) -> Sequence[AuthorizationFlow]:
        """At most ``first`` FINISHING flows whose deadline is over, the longest overdue first, of any organisation.

        Each is the taker's alone for so many seconds; one that is FINISHING then is there to be taken again. Its owner
        may be finishing it all the same. MUST cost what is taken, however many there are.
        """

    async def seconds_overdue(self) -> float:
        """For how long the flow that is to be taken next has been that; 0 where there is none."""

    async def forget_over(self, *, first: int) -> int:
        """Forget at most ``first`` flows that were over 24 h ago, and answer how many; those of others are passed over.

        What an interrupted one may have left in the secret store is due to be removed (``CredentialStore.take_due``).
        MUST cost what is forgotten, however many there are.
        """

    async def seconds_late(self) -> float:
        """For how long the flow that is to be forgotten next has been that; 0 where there is none."""


class ConnectionStore(Protocol):
    async def get(self, organisation_id: OrganisationId, connection_id: ConnectionId) -> Connection:
        """Raises NotFound, also for another organisation's."""

    async def list(
        self,
        organisation_id: OrganisationId,
        query: ListQuery,
        *,
        app_id: AppId | None = None,
        status: ConnectionStatus | None = None,
        only: Narrowing = EVERYTHING,
    ) -> Page[Connection]:
        """The organisation's connections inside of ``only``; of one app or in one status, if named."""
