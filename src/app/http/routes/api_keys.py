"""API keys of an organisation."""

from litestar import delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from app.http.identifiers import read_id
from app.http.lists import Asked
from app.http.openapi import refusals
from app.http.wire.access import ApiKeyBody, CreateApiKeyBody, NewApiKeyBody
from app.http.wire.deleted import DeletedBody
from app.http.wire.pages import PageBody
from app.use_cases.create_api_key import CreateApiKey
from app.use_cases.manage_api_keys import DeleteApiKey, ListApiKeys, ReadApiKey
from domain.access import Principal
from domain.errors import NotFound
from domain.ids import ApiKeyId, OrganisationId


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
) -> NewApiKeyBody:
    record, key = await create_api_key(
        principal,
        read_id(organisation_id, OrganisationId),
        name=data.name,
        roles=frozenset(data.roles),
        expires_at=data.expiry(),
        only=data.narrowing(),
    )
    return NewApiKeyBody.of(record, key)


@get(
    "/organisations/{organisation_id:str}/api-keys",
    summary="List API keys by their prefixes",
    responses=refusals(NotFound),
)
async def list_api_keys(
    organisation_id: FromPath[str],
    principal: NamedDependency[Principal],
    list_api_keys: NamedDependency[ListApiKeys],
    asked_page: Asked,
) -> PageBody[ApiKeyBody]:
    page = await list_api_keys(principal, read_id(organisation_id, OrganisationId), asked_page.query)
    return asked_page.body(page, ApiKeyBody.of, sorted_by=lambda key: key)


@get(
    "/organisations/{organisation_id:str}/api-keys/{key_id:str}",
    summary="Read an API key by its prefix",
    responses=refusals(NotFound),
)
async def read_api_key(
    organisation_id: FromPath[str],
    key_id: FromPath[str],
    principal: NamedDependency[Principal],
    read_api_key: NamedDependency[ReadApiKey],
) -> ApiKeyBody:
    return ApiKeyBody.of(
        await read_api_key(principal, read_id(organisation_id, OrganisationId), read_id(key_id, ApiKeyId))
    )


@delete(
    "/organisations/{organisation_id:str}/api-keys/{key_id:str}",
    status_code=200,
    summary="Revoke an API key, at once",
    responses=refusals(NotFound),
)
async def delete_api_key(
    organisation_id: FromPath[str],
    key_id: FromPath[str],
    principal: NamedDependency[Principal],
    delete_api_key: NamedDependency[DeleteApiKey],
) -> DeletedBody:
    await delete_api_key(principal, read_id(organisation_id, OrganisationId), read_id(key_id, ApiKeyId))
    return DeletedBody(id=key_id)
