"""The landing page: finalise in the browser that began, and know where it goes next."""

from collections.abc import Mapping

import attrs

from app.use_cases.finalise_connection import FinaliseConnection
from domain.errors import FlowFailed, FlowInterrupted, InvalidState
from domain.flows import AuthorizationFlow, ByBrowser, FlowStatus
from domain.ids import CallbackId, FlowId
from domain.oauth.authorization_code import Callback
from domain.ports import FlowStore
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
class ShowResult:
    """What became of a flow, for the browser that carried it, until 24 h after its end."""

    flows: FlowStore

    async def __call__(self, flow_id: FlowId, *, cookies: Mapping[FlowId, Secret]) -> AuthorizationFlow:
        """Raises InvalidState for any other browser, and for a flow that has not ended."""
        browser = cookies.get(flow_id)
        flow = None if browser is None else await self.flows.find_by_browser(browser.fingerprint())
        if flow is None or flow.id != flow_id or flow.status not in _ENDED:
            raise InvalidState
        return flow
