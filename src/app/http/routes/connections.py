"""Connections of an organisation, and their tokens."""

from typing import Annotated, Any

from litestar import Request, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from app.http.identifiers import read_id
from app.http.lists import Asked
from app.http.openapi import refusals
from app.http.wire.connections import ConnectionBody, TokenBody, TokenRequestBody
from app.http.wire.pages import PageBody, refuse_what_comes_later
from app.settings import Settings
from app.use_cases.issue_token import IssueToken
from app.use_cases.read_connection import ListConnections, ReadConnection
from domain.access import Principal
from domain.errors import FieldError, InvalidRequest, NeedsReauthorization, NotFound, ProviderUnavailable
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
) -> PageBody[ConnectionBody]:
    refuse_what_comes_later(request.query_params, "status", "endUserId")
    page = await list_connections(
        principal, read_id(organisation_id, OrganisationId), asked_page.query, app_id=_app_id(app_id)
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
