"""Organisations and their API keys."""

from litestar import post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from app.http.identifiers import read_id
from app.http.openapi import refusals
from app.http.wire.access import ApiKeyBody, CreateApiKeyBody, CreateOrganisationBody, OrganisationBody
from app.use_cases.create_api_key import CreateApiKey
from app.use_cases.create_organisation import CreateOrganisation
from domain.access import Principal
from domain.errors import AlreadyExists, NotFound
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


@post(
    "/organisations/{organisation_id:str}/api-keys",
    status_code=201,
    summary="Create an API key; it is shown once",
    responses=refusals(NotFound, has_body=True),
)
async def create_api_key(
    organisation_id: FromPath[str],
    data: JSONBody[CreateApiKeyBody],
    principal: NamedDependency[Principal],
    create_api_key: NamedDependency[CreateApiKey],
) -> ApiKeyBody:
    data.refuse_what_comes_later()
    record, key = await create_api_key(
        principal,
        read_id(organisation_id, OrganisationId),
        name=data.name,
        roles=frozenset(data.roles),
        expires_at=data.expiry(),
    )
    return ApiKeyBody.of(record, key)
