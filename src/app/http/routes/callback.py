"""The callback of a relay: its front end hands over what the provider sent to it."""

from typing import Any

from litestar import Request, get
from litestar.di import NamedDependency

from app.http.openapi import CallbackOperation, refusals
from app.http.wire.callback import read_callback
from app.http.wire.credentials import CredentialBody
from app.use_cases.finalise_connection import FinaliseConnection
from domain import errors
from domain.access import Permission, Principal
from domain.flows import ByRelay
from domain.oauth.authorization_code import Callback


def callback_of(request: Request[Any, Any, Any]) -> Callback:
    """The provider's redirect in this request's raw query."""
    return read_callback(request.scope["query_string"])


@get(
    "/connections/oauth2/callback",
    status_code=201,
    summary="Finalise a relay's connection",
    operation_class=CallbackOperation,
    responses=refusals(
        errors.InvalidState,
        errors.AuthorizationDenied,
        errors.ProviderError,
        errors.ProviderProtocolError,
        errors.ProviderUnavailable,
        errors.AccountMismatch,
        errors.ConnectionGone,
        errors.FlowInterrupted,
        errors.CallbackInProgress,
    ),
)
async def finalise_connection_callback(
    callback: NamedDependency[Callback],
    principal: NamedDependency[Principal],
    finalise_connection: NamedDependency[FinaliseConnection],
) -> CredentialBody:
    principal.require(Permission.CONNECT)
    connected = await finalise_connection(ByRelay(principal.id, principal.only), callback)
    return CredentialBody.of(connected.credential)
