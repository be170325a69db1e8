"""Begin an authorisation: connection-init, of a new connection or of one that is there."""

from collections.abc import Mapping, Sequence

import attrs

from app.use_cases.discover_client import DiscoverClient
from app.use_cases.minting import Mint
from domain.access import Organisation, Permission, Principal
from domain.apps import App
from domain.auth_configs import AuthType, CodeConfig
from domain.connection_forms import form_schema
from domain.connections import Connection
from domain.errors import FieldError, InvalidRequest
from domain.flows import AuthorizationFlow, FlowStatus
from domain.ids import AppId, ConnectionId, CredentialId, FlowId, OrganisationId
from domain.oauth.authorization_code import AUTHORIZE_RESERVED, authorization_url
from domain.oauth.client import OAuthClient
from domain.oauth.parameters import unreserved
from domain.ports import AppStore, ConnectionStore, FlowStore, OrganisationStore
from domain.secret import Secret


@attrs.frozen(kw_only=True)
class ConnectionRequest:
    """What connection-init asks for; what is absent is the app's.

    Attributes:
        connection_id: The connection to re-authorise.
        allow_account_change: Whether that may be with another account at the provider.

    """

    app_id: AppId
    auth_type: str
    connection_id: ConnectionId | None = None
    allow_account_change: bool = False
    name: str | None
    scopes: Sequence[str] | None
    return_url: str | None
    additional_parameters: Mapping[str, str]


@attrs.frozen
class StartedConnection:
    """A flow that waits for a browser, and the address to send it to."""

    flow: AuthorizationFlow
    redirect_url: Secret


@attrs.frozen
class FormToFill:
    """The JSON Schema of the ``data`` that makes the connection."""

    schema: Mapping[str, object]


@attrs.frozen(kw_only=True)
class StartConnection:
    """Judge the request, learn the provider's endpoints, keep a flow with everything allotted that it will need."""

    mint: Mint
    organisations: OrganisationStore
    apps: AppStore
    connections: ConnectionStore
    flows: FlowStore
    discover: DiscoverClient
    public_url: str
    flow_ttl_seconds: float

    async def __call__(
        self, principal: Principal, organisation_id: OrganisationId, request: ConnectionRequest
    ) -> StartedConnection | FormToFill:
        """The new flow, or the form to fill in where no browser is needed.

        A flow's link goes to our start page; a relay's goes to the provider at once.
        """
        principal.require(Permission.CONNECT, organisation_id)
        connection = await self._connection(principal, organisation_id, request)
        app = await self.apps.get_usable(organisation_id, request.app_id)
        config = app.config_for(request.auth_type)
        if not isinstance(config, CodeConfig):
            _refuse_form(connection)
            return FormToFill(form_schema(config))
        _judge(app, request)
        scopes = _scopes(config, request.scopes)
        client = await self.discover(config)
        organisation = await self.organisations.get(organisation_id)
        flow = self._flow(principal, organisation, app, request, auth_type=config.type, client=client, scopes=scopes)
        if connection is not None:
            flow = attrs.evolve(
                flow,
                name=request.name or connection.name,
                connection_id=connection.id,
                reauthorises=True,
                allow_account_change=request.allow_account_change,
            )
        flow = await self.flows.add(flow, seconds_to_live=self.flow_ttl_seconds)
        if flow.ticket is None:
            return StartedConnection(flow, authorization_url(flow))
        return StartedConnection(flow, Secret(f"{self.public_url}/connect?ticket={flow.ticket.reveal()}"))

    async def _connection(
        self, principal: Principal, organisation_id: OrganisationId, request: ConnectionRequest
    ) -> Connection | None:
        """The connection to re-authorise; None where a new one is asked for."""
        if request.allow_account_change:
            principal.require(Permission.EDIT, organisation_id)
        if request.connection_id is None:
            principal.require_new_connection(app_id=request.app_id)
            return None
        connection = await self.connections.get(organisation_id, request.connection_id)
        principal.require_connection(connection.id, app_id=connection.app_id)
        if connection.app_id != request.app_id:
            raise InvalidRequest(fields=(FieldError("appId", "is not the connection's"),))
        if not isinstance(connection.made_with, OAuthClient):
            _refuse_form(connection)
        return connection

    def _flow(
        self,
        principal: Principal,
        organisation: Organisation,
        app: App,
        request: ConnectionRequest,
        *,
        auth_type: AuthType,
        client: OAuthClient,
        scopes: tuple[str, ...],
    ) -> AuthorizationFlow:
        relay = app.relay_callback_url is not None
        now = self.mint.clock.now()
        return AuthorizationFlow(
            id=self.mint.ulid(FlowId),
            organisation_id=organisation.id,
            organisation_name=organisation.name,
            app_id=app.id,
            app_organisation_id=app.organisation_id,
            app_name=app.name,
            auth_type=auth_type,
            name=request.name or app.name,
            principal_id=principal.id,
            principal_name=principal.name,
            relay=relay,
            callback_id=app.callback_id,
            redirect_uri=app.relay_callback_url or callback_url(self.public_url, app),
            client=client,
            scopes=scopes,
            additional_parameters=request.additional_parameters,
            return_url=request.return_url,
            connection_id=self.mint.ulid(ConnectionId),
            credential_id=self.mint.ulid(CredentialId),
            state=self.mint.secret(),
            ticket=None if relay else self.mint.secret(),
            code_verifier=self.mint.secret(),
            status=FlowStatus.STARTED if relay else FlowStatus.WAITING,
            created_at=now,
            expires_at=now,
        )


def callback_url(public_url: str, app: App) -> str:
    """The app's landing page: what is registered at the provider, built from the settings, never from a request."""
    return f"{public_url}/oauth2/callback/{app.callback_id}"


def _refuse_form(connection: Connection | None) -> None:
    if connection is not None:
        message = "is of one that a form fills in: replace its data with PUT …/connections/{connectionId}"
        raise InvalidRequest(fields=(FieldError("connectionId", message),))


def _judge(app: App, request: ConnectionRequest) -> None:
    if request.return_url is not None and request.return_url not in app.return_urls:
        raise InvalidRequest(fields=(FieldError("returnUrl", "is none of the app's returnUrls"),))
    allowed = dict(unreserved(request.additional_parameters.items(), AUTHORIZE_RESERVED))
    taken = sorted(request.additional_parameters.keys() - allowed.keys())
    if "none" in request.additional_parameters.get("prompt", "").split():
        raise InvalidRequest(fields=(FieldError("additionalParameters", "may not set prompt to none"),))
    if taken:
        raise InvalidRequest(fields=(FieldError("additionalParameters", f"may not set {', '.join(taken)}"),))


def _scopes(config: CodeConfig, wanted: Sequence[str] | None) -> tuple[str, ...]:
    """What to ask for: what was wanted, out of the config's; all of them where nothing was; ``openid`` for oidc."""
    always = ("openid",) if config.type is AuthType.OIDC else ()
    chosen = config.scopes if wanted is None else wanted
    if not {*config.scopes, *always}.issuperset(chosen):
        raise InvalidRequest(fields=(FieldError("scopes", "names one that the app's config does not have"),))
    return tuple(dict.fromkeys((*always, *chosen)))
