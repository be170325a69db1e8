"""What the OpenAPI document says of the routes: where it is, how each refuses, what the callback takes."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from litestar import Request, Router
from litestar.exceptions import NotFoundException
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import OpenAPIConfig, ResponseSpec
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, Example, OpenAPIType, Operation, Parameter, Schema, SecurityScheme

from app.http.errors import REFUSED_UNREAD, status_of
from app.http.openapi_document import document, encoded
from app.http.openapi_names import camel
from app.http.wire.refusal import RefusalBody
from domain import errors
from domain.errors import SwitchboardError

_DESCRIPTION = """\
Connects organisations to third-party providers, keeps the credentials in Vault, and hands out tokens that are fresh.

A refusal is `{code, message, extensions}`, with RFC 9457's members beside them, and `application/problem+json` where
`Accept` names it. A method that an address does not take (`HEAD` among them) is a 405, and `OPTIONS` a 204: both list
in `Allow` all that it takes."""

_EVERYWHERE: tuple[type[SwitchboardError], ...] = (
    errors.InvalidRequest,
    errors.Unauthorized,
    errors.Forbidden,
    errors.IdentityUnavailable,
    errors.StorageUnavailable,
)
_OF_A_BODY = (408, 413, 415)
_BEARER = (
    "An API key, or a JWT of an issuer that the settings name. A JWT that an organisation's own signing key signed is "
    "sent as `Authorization: JWT <token>`."
)

_CALLBACK = {
    "state": "Opaque, as it was sent.",
    "code": "RFC 6749 §4.1.2",
    "error": "RFC 6749 §4.1.2.1",
    "error_description": "RFC 6749 §4.1.2.1",
    "error_uri": "RFC 6749 §4.1.2.1",
    "iss": "RFC 9207 §2",
}


def config() -> OpenAPIConfig:
    """Where the document is, and what it is called."""
    return OpenAPIConfig(
        title="Switchboard",
        version="v1alpha1",
        description=_DESCRIPTION,
        openapi_router=Router(
            "/schema", route_handlers=[], include_in_schema=False, before_request=_refuse_other_addresses
        ),
        render_plugins=[_Document(path="/openapi.json")],
        components=Components(
            security_schemes={"bearer": SecurityScheme(type="http", scheme="bearer", description=_BEARER)}
        ),
        operation_id_creator=lambda handler, *_: _operation_id(handler),
    )


async def _refuse_other_addresses(request: Request[Any, Any, Any]) -> None:
    """Have what lies beside the document told as any address that is not there: Litestar has a page of its own."""
    if request.scope["path"] != "/schema/openapi.json":
        raise NotFoundException


def refusals(*kinds: type[SwitchboardError], has_body: bool = False) -> dict[int, ResponseSpec]:
    """How a route refuses: with these errors, and with those that every route has."""
    told: dict[int, dict[str, str]] = {}
    for kind in (*_EVERYWHERE, *kinds):
        told.setdefault(status_of(kind), {})[kind.code] = kind().message
    for status in (500, *(_OF_A_BODY if has_body else ())):
        code, message = REFUSED_UNREAD[status]
        told.setdefault(status, {}).setdefault(code, message)
    return {
        status: ResponseSpec(
            RefusalBody,
            generate_examples=False,
            description="\n\n".join(f"`{code}`: {message}" for code, message in codes.items()),
            examples=[_example(status, code, message) for code, message in codes.items()],
        )
        for status, codes in told.items()
    }


@dataclass
class CallbackOperation(Operation):
    """The callback reads the raw query itself: Litestar sees none of its parameters."""

    def __post_init__(self) -> None:
        self.parameters = [
            Parameter(
                name=name,
                param_in="query",
                required=name == "state",
                description=description,
                schema=Schema(type=OpenAPIType.STRING),
            )
            for name, description in _CALLBACK.items()
        ]


class _Document(JsonRenderPlugin):
    """The document, made true when it is first asked for: that takes a tenth of a second, and nobody needs a key."""

    _made: bytes | None = None

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:  # noqa: ARG002 - theirs
        self._made = self._made or encoded(document(openapi_schema))
        return self._made


def _example(status: int, code: str, message: str) -> Example:
    value = {
        "code": code,
        "message": message,
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": message,
        "instance": "/v1alpha1/apps",
        "extensions": {"requestId": "0f8fad5bd9cb469fa16570867728950e"},
    }
    return Example(id=code, value=value)


def _operation_id(handler: HTTPRouteHandler) -> str:
    return camel(handler.handler_name)
