"""Whether a page of an origin may read what is answered at an address (api.md: CORS for the origins an app allows)."""

from typing import TypeAlias, assert_never

import attrs

from domain.apps import App
from domain.connections import Connection
from domain.errors import NotFound
from domain.flows import AuthorizationFlow
from domain.ids import AppId, ConnectionId, FlowId, OrganisationId
from domain.ports import AppStore, ConnectionStore, FlowStore
from domain.secret import Secret


@attrs.frozen
class OfApps:
    """An address that stands for any of the apps that an organisation can use; None: the public ones."""

    organisation_id: OrganisationId | None


@attrs.frozen
class OfApp:
    organisation_id: OrganisationId | None
    app_id: AppId


@attrs.frozen
class OfConnection:
    organisation_id: OrganisationId
    connection_id: ConnectionId


@attrs.frozen
class OfFlow:
    organisation_id: OrganisationId
    flow_id: FlowId


@attrs.frozen
class OfState:
    """The callback's address: a state finds its flow by itself."""

    state: Secret


Addressed: TypeAlias = OfApps | OfApp | OfConnection | OfFlow | OfState


@attrs.frozen(kw_only=True)
class AllowOrigin:
    """The app behind the address decides; where it names none that is there, any app that can be used there does.

    No principal is asked for: a preflight has none. Whoever asks learns no more than that an origin is allowed.
    """

    apps: AppStore
    connections: ConnectionStore
    flows: FlowStore

    async def __call__(self, origin: str, addressed: Addressed) -> bool:
        """Raises StorageUnavailable."""
        try:
            app = await self._app(addressed)
        except NotFound:
            app = None
        if app is not None:
            return origin in app.allowed_origins
        return await self.apps.any_allows(origin, usable_by=getattr(addressed, "organisation_id", None))

    async def _app(self, addressed: Addressed) -> App | None:
        match addressed:
            case OfApp(organisation_id, app_id):
                if organisation_id is None:
                    return await self.apps.get_public(app_id)
                return await self.apps.get_usable(organisation_id, app_id)
            case OfConnection(organisation_id, connection_id):
                return await self._behind(await self.connections.get(organisation_id, connection_id))
            case OfFlow(organisation_id, flow_id):
                return await self._behind(await self.flows.get(organisation_id, flow_id))
            case OfState(state):
                flow = await self.flows.find_by_state(state)
                return None if flow is None else await self._behind(flow)
            case OfApps():
                return None
            case _:
                assert_never(addressed)

    async def _behind(self, made: Connection | AuthorizationFlow) -> App:
        return await self.apps.get_kept(made.app_organisation_id, made.app_id)
