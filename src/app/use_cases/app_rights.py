"""Who may change an app: an editor its organisation's own, and a platform administrator those that are public."""

from domain.access import Permission, Principal
from domain.ids import AppId, OrganisationId


def require_some_change(principal: Principal, organisation_id: OrganisationId, app_id: AppId) -> None:
    """Raise what keeps the principal from every change of this app, whatever it is: NotFound, Forbidden."""
    if principal.organisation_id is None:
        principal.require(Permission.PUBLISH, organisation_id)
        return
    principal.require(Permission.EDIT, organisation_id)
    principal.require_whole_app(app_id)


def require_change(principal: Principal, organisation_id: OrganisationId, *, public: bool) -> None:
    """Raise Forbidden for whoever may not change an app that is, or becomes, public; or one that is not."""
    principal.require(Permission.PUBLISH if public else Permission.EDIT, organisation_id)
