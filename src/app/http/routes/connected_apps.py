"""The apps that an organisation is connected with."""

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath

from app.http.identifiers import read_id
from app.http.lists import Asked
from app.http.openapi import refusals
from app.http.wire.connected_apps import ConnectedAppBody
from app.http.wire.pages import PageBody
from app.settings import Settings
from app.use_cases.list_connected_apps import ListConnectedApps
from domain.access import Principal
from domain.errors import NotFound
from domain.ids import OrganisationId


@get(
    "/organisations/{organisation_id:str}/connected-apps",
    summary="List the apps that there are connections of",
    description="Each with the first 100 of its connections, by id; `…/connections?appId=` lists all of them.",
    responses=refusals(NotFound),
)
async def list_connected_apps(
    organisation_id: FromPath[str],
    principal: NamedDependency[Principal],
    settings: NamedDependency[Settings],
    list_connected_apps: NamedDependency[ListConnectedApps],
    asked_page: Asked,
) -> PageBody[ConnectedAppBody]:
    page = await list_connected_apps(principal, read_id(organisation_id, OrganisationId), asked_page.query)
    return asked_page.body(
        page,
        lambda found: ConnectedAppBody.of(found, public_url=settings.public_url),
        sorted_by=lambda found: found.app,
    )
