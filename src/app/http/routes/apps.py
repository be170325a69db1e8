"""Apps of an organisation."""

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from app.http.identifiers import read_id
from app.http.lists import Asked
from app.http.openapi import refusals
from app.http.wire.apps import AppBody, CreateAppBody
from app.http.wire.pages import PageBody
from app.settings import Settings
from app.use_cases.create_app import CreateApp
from app.use_cases.read_app import ListApps, ReadApp
from domain.access import Principal
from domain.errors import CallbackUrlTaken, NotFound
from domain.ids import AppId, OrganisationId


@post(
    "/organisations/{organisation_id:str}/apps",
    status_code=200,
    summary="Create an app",
    responses=refusals(NotFound, CallbackUrlTaken, has_body=True),
)
async def create_app(
    organisation_id: FromPath[str],
    data: JSONBody[CreateAppBody],
    principal: NamedDependency[Principal],
    settings: NamedDependency[Settings],
    create_app: NamedDependency[CreateApp],
) -> AppBody:
    new = data.read(insecure=settings.allow_insecure_providers)
    app = await create_app(principal, read_id(organisation_id, OrganisationId), new)
    return AppBody.of(app, public_url=settings.public_url)


@get("/organisations/{organisation_id:str}/apps", summary="List apps", responses=refusals(NotFound))
async def list_apps(
    organisation_id: FromPath[str],
    principal: NamedDependency[Principal],
    settings: NamedDependency[Settings],
    list_apps: NamedDependency[ListApps],
    asked_page: Asked,
) -> PageBody[AppBody]:
    page = await list_apps(principal, read_id(organisation_id, OrganisationId), asked_page.query)
    return asked_page.body(page, lambda app: AppBody.of(app, public_url=settings.public_url), sorted_by=lambda app: app)


@get("/organisations/{organisation_id:str}/apps/{app_id:str}", summary="Read an app", responses=refusals(NotFound))
async def read_app(
    organisation_id: FromPath[str],
    app_id: FromPath[str],
    principal: NamedDependency[Principal],
    settings: NamedDependency[Settings],
    read_app: NamedDependency[ReadApp],
) -> AppBody:
    app = await read_app(principal, read_id(organisation_id, OrganisationId), read_id(app_id, AppId))
    return AppBody.of(app, public_url=settings.public_url)
