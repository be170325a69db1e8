"""Begin a connection, and ask how far it is."""

from litestar import get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from app.http.identifiers import read_id
from app.http.openapi import refusals
from app.http.wire.flows import ConnectionInitBody, FlowBody, StartedBody
from app.use_cases.read_flow import ReadFlow
from app.use_cases.start_connection import StartConnection
from domain.access import Principal
from domain.errors import NotFound, ProviderProtocolError, ProviderUnavailable
from domain.ids import FlowId, OrganisationId


@post(
    "/organisations/{organisation_id:str}/connection-init",
    status_code=200,
    summary="Begin a connection",
    responses=refusals(NotFound, ProviderProtocolError, ProviderUnavailable, has_body=True),
)
async def connection_init(
    organisation_id: FromPath[str],
    data: JSONBody[ConnectionInitBody],
    principal: NamedDependency[Principal],
    start_connection: NamedDependency[StartConnection],
) -> StartedBody:
    started = await start_connection(principal, read_id(organisation_id, OrganisationId), data.read())
    return StartedBody.of(started)


@get(
    "/organisations/{organisation_id:str}/connection-init/{flow_id:str}",
    summary="How far a connection is",
    responses=refusals(NotFound),
)
async def read_flow(
    organisation_id: FromPath[str],
    flow_id: FromPath[str],
    principal: NamedDependency[Principal],
    read_flow: NamedDependency[ReadFlow],
) -> FlowBody:
    flow = await read_flow(principal, read_id(organisation_id, OrganisationId), read_id(flow_id, FlowId))
    return FlowBody.of(flow)
