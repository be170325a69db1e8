"""How far an authorisation is."""

import attrs

from domain.access import Permission, Principal
from domain.flows import AuthorizationFlow
from domain.ids import FlowId, OrganisationId
from domain.ports import FlowStore


@attrs.frozen
class ReadFlow:
    flows: FlowStore

    async def __call__(
        self, principal: Principal, organisation_id: OrganisationId, flow_id: FlowId
    ) -> AuthorizationFlow:
        """For whoever may start flows there, until 24 h after the flow's end. Raises NotFound."""
        principal.require(Permission.CONNECT, organisation_id)
        flow = await self.flows.get(organisation_id, flow_id)
        principal.require_connection(flow.connection_id, app_id=flow.app_id)
        return flow
