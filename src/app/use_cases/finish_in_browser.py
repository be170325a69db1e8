"""The landing page: finalise in the browser that began, and know where it goes next."""

from collections.abc import Mapping, Sequence

import attrs

from app.use_cases.finalise_connection import FinaliseConnection
from app.use_cases.read_connection import ConnectionWithApp
from domain.errors import FlowFailed, FlowInterrupted, InvalidState, NotFound
from domain.flows import AuthorizationFlow, ByBrowser, FlowStatus
from domain.ids import CallbackId, FlowId
from domain.oauth.authorization_code import Callback
from domain.ports import AppStore, ConnectionStore, FlowStore
from domain.secret import Secret

_ENDED = frozenset({FlowStatus.CONNECTED, FlowStatus.FAILED, FlowStatus.INTERRUPTED})


@attrs.frozen(kw_only=True)
class FinishInBrowser:
    """Finalise; a flow that this ended, well or not, is answered, and what ended nothing is raised."""

    flows: FlowStore
    finalise: FinaliseConnection

    async def __call__(
        self, callback_id: CallbackId, callback: Callback, *, cookies: Mapping[FlowId, Secret]
    ) -> AuthorizationFlow:
        """The flow as it ended. Raises InvalidState, ProviderProtocolError (a wrong issuer), StorageUnavailable, …."""
        try:
            connected = await self.finalise(ByBrowser(callback_id, cookies), callback)
        except (FlowFailed, FlowInterrupted):
            flow = await self.flows.find_by_state(callback.state)
            if flow is None or flow.status not in _ENDED:
                raise
            return flow
        return attrs.evolve(connected.flow, status=FlowStatus.CONNECTED)


@attrs.frozen
class Result:
    """How a flow ended, what it connected, and the origins whose pages may know."""

    flow: AuthorizationFlow
    connected: ConnectionWithApp | None
    origins: Sequence[str]


@attrs.frozen(kw_only=True)
class ShowResult:
    """What became of a flow, for the browser that carried it, until 24 h after its end."""

    flows: FlowStore
    apps: AppStore
    connections: ConnectionStore

    async def __call__(self, flow_id: FlowId, *, cookies: Mapping[FlowId, Secret]) -> Result:
        """Raises InvalidState for any other browser, and for a flow that has not ended."""
        browser = cookies.get(flow_id)
        flow = None if browser is None else await self.flows.find_by_browser(browser.fingerprint())
        if flow is None or flow.id != flow_id or flow.status not in _ENDED:
            raise InvalidState
        app = await self.apps.get_kept(flow.app_organisation_id, flow.app_id)
        if flow.status is not FlowStatus.CONNECTED:
            return Result(flow, None, app.allowed_origins)
        try:
            connection = await self.connections.get(flow.organisation_id, flow.connection_id)
        except NotFound:  # it was deleted since: there is nothing to be told
            return Result(flow, None, ())
        return Result(flow, ConnectionWithApp(connection, app), app.allowed_origins)
