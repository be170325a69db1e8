"""Delete an app: no flow begins with it any more, and its connections go on."""

import attrs

from app.use_cases.app_rights import require_change, require_some_change
from domain.access import Principal
from domain.ids import AppId, OrganisationId
from domain.ports import AppStore


@attrs.frozen
class DeleteApp:
    """Mark it deleted. Its secrets stay, for its connections are refreshed with them."""

    apps: AppStore

    async def __call__(self, principal: Principal, organisation_id: OrganisationId, app_id: AppId) -> None:
        """Raises NotFound, also for one that is deleted already; Forbidden."""
        require_some_change(principal, organisation_id, app_id)
        app = await self.apps.get(organisation_id, app_id)
        require_change(principal, organisation_id, public=app.public)
        await self.apps.delete(organisation_id, app_id)
