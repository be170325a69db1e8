"""Organisations."""

from litestar import delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from app.http.identifiers import read_id
from app.http.lists import Asked
from app.http.openapi import refusals
from app.http.wire.access import CreateOrganisationBody, OrganisationBody
from app.http.wire.deleted import DeletedBody
from app.http.wire.pages import PageBody
from app.use_cases.create_organisation import CreateOrganisation
from app.use_cases.manage_organisations import DeleteOrganisation, ListOrganisations, ReadOrganisation
from domain.access import Principal
from domain.errors import AlreadyExists, CallbackInProgress, NotFound
from domain.ids import OrganisationId


@post(
    "/organisations",
    status_code=201,
    summary="Create an organisation",
    responses=refusals(AlreadyExists, has_body=True),
)
async def create_organisation(
    data: JSONBody[CreateOrganisationBody],
    principal: NamedDependency[Principal],
    create_organisation: NamedDependency[CreateOrganisation],
) -> OrganisationBody:
    organisation = await create_organisation(principal, name=data.name, organisation_id=data.organisation_id())
    return OrganisationBody.of(organisation)


@get("/organisations", summary="List organisations", responses=refusals())
async def list_organisations(
    principal: NamedDependency[Principal],
    list_organisations: NamedDependency[ListOrganisations],
    asked_page: Asked,
) -> PageBody[OrganisationBody]:
    page = await list_organisations(principal, asked_page.query)
    return asked_page.body(page, OrganisationBody.of, sorted_by=lambda organisation: organisation)


@get("/organisations/{organisation_id:str}", summary="Read an organisation", responses=refusals(NotFound))
async def read_organisation(
    organisation_id: FromPath[str],
    principal: NamedDependency[Principal],
    read_organisation: NamedDependency[ReadOrganisation],
) -> OrganisationBody:
    return OrganisationBody.of(await read_organisation(principal, read_id(organisation_id, OrganisationId)))


@delete(
    "/organisations/{organisation_id:str}",
    status_code=200,
    summary="Remove an organisation with every connection, secret and record; ask again for what was stopped half-way",
    responses=refusals(NotFound, CallbackInProgress),
)
async def delete_organisation(
    organisation_id: FromPath[str],
    principal: NamedDependency[Principal],
    delete_organisation: NamedDependency[DeleteOrganisation],
) -> DeletedBody:
    await delete_organisation(principal, read_id(organisation_id, OrganisationId))
    return DeletedBody(id=organisation_id)
