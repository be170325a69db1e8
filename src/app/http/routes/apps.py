"""Apps of an organisation."""

from litestar import delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from app.http.identifiers import read_id
from app.http.lists import Asked
from app.http.openapi import refusals
from app.http.wire.apps import AppBody
from app.http.wire.deleted import DeletedBody
from app.http.wire.new_apps import CreateAppBody, ReplaceAppBody
from app.http.wire.pages import PageBody
from app.settings import Settings
from app.use_cases.create_app import CreateApp
from app.use_cases.delete_app import DeleteApp
from app.use_cases.read_app import ListApps, ListPublicApps, ReadApp, ReadPublicApp
from app.use_cases.replace_app import ReplaceApp
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
    new = data.read(public_url=settings.public_url, insecure=settings.allow_insecure_providers)
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


@put(
    "/organisations/{organisation_id:str}/apps/{app_id:str}",
    summary="Replace an app",
    description="Takes the app as it was read, or with `authConfigs`. Secrets that are left out stay.",
    responses=refusals(NotFound, CallbackUrlTaken, has_body=True),
)
async def replace_app(
    organisation_id: FromPath[str],
    app_id: FromPath[str],
    data: JSONBody[ReplaceAppBody],
    principal: NamedDependency[Principal],
    settings: NamedDependency[Settings],
    replace_app: NamedDependency[ReplaceApp],
) -> AppBody:
    address = read_id(organisation_id, OrganisationId), read_id(app_id, AppId)
    public_url, insecure = settings.public_url, settings.allow_insecure_providers
    app = await replace_app(
        principal,
        *address,
        lambda kept: data.read(*address, public_url=public_url, insecure=insecure, kept=kept),
    )
    return AppBody.of(app, public_url=settings.public_url)


@delete(
    "/organisations/{organisation_id:str}/apps/{app_id:str}",
    status_code=200,
    summary="Delete an app",
    description="No flow begins with it any more. Its connections go on.",
    responses=refusals(NotFound),
)
async def delete_app(
    organisation_id: FromPath[str],
    app_id: FromPath[str],
    principal: NamedDependency[Principal],
    delete_app: NamedDependency[DeleteApp],
) -> DeletedBody:
    await delete_app(principal, read_id(organisation_id, OrganisationId), read_id(app_id, AppId))
    return DeletedBody(id=app_id)


@get("/apps", summary="List public apps of other organisations", responses=refusals())
async def list_public_apps(
    principal: NamedDependency[Principal],
    settings: NamedDependency[Settings],
    list_public_apps: NamedDependency[ListPublicApps],
    asked_page: Asked,
) -> PageBody[AppBody]:
    page = await list_public_apps(principal, asked_page.query)
    return asked_page.body(page, lambda app: AppBody.of(app, public_url=settings.public_url), sorted_by=lambda app: app)


@get("/apps/{app_id:str}", summary="Read a public app", responses=refusals(NotFound))
async def read_public_app(
    app_id: FromPath[str],
    principal: NamedDependency[Principal],
    settings: NamedDependency[Settings],
    read_public_app: NamedDependency[ReadPublicApp],
) -> AppBody:
    return AppBody.of(await read_public_app(principal, read_id(app_id, AppId)), public_url=settings.public_url)
