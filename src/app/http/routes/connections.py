"""Connections of an organisation, and their tokens."""

from typing import Annotated, Any

from litestar import Request, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from app.http.identifiers import read_id
from app.http.lists import Asked
from app.http.openapi import refusals
from app.http.wire.connections import (
    ConnectionBody,
    CreateConnectionBody,
    HeadersBody,
    ReplaceConnectionBody,
    TokenBody,
    TokenRequestBody,
    read_status,
)
from app.http.wire.deleted import DeletedBody
from app.http.wire.pages import PageBody, refuse_what_comes_later
from app.settings import Settings
from app.use_cases.create_connection import CreateConnection
from app.use_cases.delete_connection import DeleteConnection, RevokeConnection
from app.use_cases.issue_headers import IssueHeaders
from app.use_cases.issue_token import IssueToken
from app.use_cases.read_connection import ListConnections, ReadConnection
from app.use_cases.replace_connection import ReplaceConnection
from domain.access import Principal
from domain.errors import (
    FieldError,
    InvalidRequest,
    NeedsReauthorization,
    NotFound,
    ProviderError,
    ProviderProtocolError,
    ProviderUnavailable,
)
from domain.ids import AppId, ConnectionId, OrganisationId


@get(
    "/organisations/{organisation_id:str}/connections",
    summary="List connections",
    responses=refusals(NotFound),
)
async def list_connections(
    request: Request[Any, Any, Any],
    organisation_id: FromPath[str],
    principal: NamedDependency[Principal],
    settings: NamedDependency[Settings],
    list_connections: NamedDependency[ListConnections],
    asked_page: Asked,
    app_id: Annotated[str | None, QueryParameter(name="appId")] = None,
    status: FromQuery[str | None] = None,
) -> PageBody[ConnectionBody]:
    refuse_what_comes_later(request.query_params, "endUserId")
    page = await list_connections(
        principal,
        read_id(organisation_id, OrganisationId),
        asked_page.query,
        app_id=_app_id(app_id),
        status=read_status(status),
    )
    return asked_page.body(
        page,
        lambda found: ConnectionBody.of(found, public_url=settings.public_url),
        sorted_by=lambda found: found.connection,
    )


@get(
    "/organisations/{organisation_id:str}/connections/{connection_id:str}",
    summary="Read a connection",
    responses=refusals(NotFound),
)
async def read_connection(
    organisation_id: FromPath[str],
    connection_id: FromPath[str],
    principal: NamedDependency[Principal],
    settings: NamedDependency[Settings],
    read_connection: NamedDependency[ReadConnection],
) -> ConnectionBody:
    found = await read_connection(
        principal, read_id(organisation_id, OrganisationId), read_id(connection_id, ConnectionId)
    )
    return ConnectionBody.of(found, public_url=settings.public_url)


@post(
    "/organisations/{organisation_id:str}/connections",
    status_code=201,
    summary="Make a connection from a form",
    responses=refusals(NotFound, ProviderError, ProviderProtocolError, ProviderUnavailable, has_body=True),
)
async def create_connection(
    organisation_id: FromPath[str],
    data: JSONBody[CreateConnectionBody],
    principal: NamedDependency[Principal],
    settings: NamedDependency[Settings],
    create_connection: NamedDependency[CreateConnection],
) -> ConnectionBody:
    made = await create_connection(principal, read_id(organisation_id, OrganisationId), data.read())
    return ConnectionBody.of(made, public_url=settings.public_url)


@put(
    "/organisations/{organisation_id:str}/connections/{connection_id:str}",
    summary="Replace a connection's name, and what its form said",
    responses=refusals(NotFound, ProviderError, ProviderProtocolError, ProviderUnavailable, has_body=True),
)
async def replace_connection(
    organisation_id: FromPath[str],
    connection_id: FromPath[str],
    data: JSONBody[ReplaceConnectionBody],
    principal: NamedDependency[Principal],
    settings: NamedDependency[Settings],
    replace_connection: NamedDependency[ReplaceConnection],
) -> ConnectionBody:
    data.require_address(organisation_id, connection_id)
    replaced = await replace_connection(
        principal,
        read_id(organisation_id, OrganisationId),
        read_id(connection_id, ConnectionId),
        name=data.name,
        data=data.data,
    )
    return ConnectionBody.of(replaced, public_url=settings.public_url)


@delete(
    "/organisations/{organisation_id:str}/connections/{connection_id:str}",
    status_code=200,
    summary="Delete a connection, and end its grant",
    responses=refusals(NotFound),
)
async def delete_connection(
    organisation_id: FromPath[str],
    connection_id: FromPath[str],
    principal: NamedDependency[Principal],
    delete_connection: NamedDependency[DeleteConnection],
) -> DeletedBody:
    deleted = await delete_connection(
        principal, read_id(organisation_id, OrganisationId), read_id(connection_id, ConnectionId)
    )
    return DeletedBody(id=deleted)


@post(
    "/organisations/{organisation_id:str}/connections/{connection_id:str}/revoke",
    status_code=200,
    summary="End a connection's grant, and keep its record",
    responses=refusals(NotFound),
)
async def revoke_connection(
    organisation_id: FromPath[str],
    connection_id: FromPath[str],
    principal: NamedDependency[Principal],
    settings: NamedDependency[Settings],
    revoke_connection: NamedDependency[RevokeConnection],
) -> ConnectionBody:
    revoked = await revoke_connection(
        principal, read_id(organisation_id, OrganisationId), read_id(connection_id, ConnectionId)
    )
    return ConnectionBody.of(revoked, public_url=settings.public_url)


@post(
    "/organisations/{organisation_id:str}/connections/{connection_id:str}/headers",
    status_code=200,
    summary="Issue what authenticates a request to the app",
    responses=refusals(NotFound, NeedsReauthorization, ProviderProtocolError, ProviderUnavailable),
)
async def issue_headers(
    organisation_id: FromPath[str],
    connection_id: FromPath[str],
    principal: NamedDependency[Principal],
    issue_headers: NamedDependency[IssueHeaders],
) -> HeadersBody:
    auth = await issue_headers(
        principal, read_id(organisation_id, OrganisationId), read_id(connection_id, ConnectionId)
    )
    return HeadersBody.of(auth)


@post(
    "/organisations/{organisation_id:str}/connections/{connection_id:str}/token",
    status_code=200,
    summary="Issue a token, refreshed first if it is due",
    responses=refusals(NotFound, NeedsReauthorization, ProviderUnavailable, has_body=True),
)
async def issue_token(
    organisation_id: FromPath[str],
    connection_id: FromPath[str],
    principal: NamedDependency[Principal],
    issue_token: NamedDependency[IssueToken],
    data: JSONBody[TokenRequestBody | None] = None,
) -> TokenBody:
    wanted = data or TokenRequestBody()
    token = await issue_token(
        principal,
        read_id(organisation_id, OrganisationId),
        read_id(connection_id, ConnectionId),
        minimum_validity=wanted.minimum_validity,
        rejected=wanted.rejected,
    )
    return TokenBody.of(token)


def _app_id(value: str | None) -> AppId | None:
    try:
        return None if value is None else AppId(value)
    except ValueError:
        raise InvalidRequest(fields=(FieldError("appId", "is not an app's identifier"),)) from None
