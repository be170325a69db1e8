"""The OpenAPI document, made honest: how each route refuses, what the callback takes, that no other member is taken."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from litestar import Litestar
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import OpenAPIConfig, ResponseSpec
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, OpenAPIType, Operation, Parameter, Schema, SecurityScheme

from app.http.errors import REFUSED_UNREAD, status_of
from app.http.wire.refusal import RefusalBody
from domain import errors
from domain.errors import SwitchboardError

_EVERYWHERE: tuple[type[SwitchboardError], ...] = (
    errors.InvalidRequest,
    errors.Unauthorized,
    errors.Forbidden,
    errors.StorageUnavailable,
)
_OF_A_BODY = (413, 415)

_CALLBACK = {
    "state": "Opaque, as it was sent.",
    "code": "RFC 6749 §4.1.2",
    "error": "RFC 6749 §4.1.2.1",
    "error_description": "RFC 6749 §4.1.2.1",
    "iss": "RFC 9207 §2",
}


def config() -> OpenAPIConfig:
    """Where the document is, and what it is called."""
    return OpenAPIConfig(
        title="Switchboard",
        version="v1alpha1",
        path="/schema",
        render_plugins=[JsonRenderPlugin(path="/openapi.json")],
        components=Components(security_schemes={"bearer": SecurityScheme(type="http", scheme="bearer")}),
        operation_id_creator=lambda handler, *_: _camel(handler),
    )


def refusals(*kinds: type[SwitchboardError], has_body: bool = False) -> dict[int, ResponseSpec]:
    """How a route refuses: with these errors, and with those that every route has."""
    told: dict[int, list[str]] = {}
    for kind in (*_EVERYWHERE, *kinds):
        told.setdefault(status_of(kind), []).append(f"`{kind.code}`: {kind().message}")
    for status in (500, *(_OF_A_BODY if has_body else ())):
        code, message = REFUSED_UNREAD[status]
        told.setdefault(status, []).append(f"`{code}`: {message}")
    return {
        status: ResponseSpec(RefusalBody, generate_examples=False, description="\n\n".join(lines))
        for status, lines in told.items()
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


def close_request_bodies(app: Litestar) -> None:
    """Say of what a request sends that it takes no other members: Litestar does not."""
    document = app.openapi_schema
    schemas = document.components.schemas
    written = document.to_schema()
    open_names = {name for body in _request_bodies(written) for name in _named(body)}
    seen: set[str] = set()
    while open_names:
        name = open_names.pop()
        seen.add(name)
        schemas[name].additional_properties = False
        open_names |= set(_named(written["components"]["schemas"][name])) - seen


def _request_bodies(document: dict[str, Any]) -> Iterator[object]:
    for path in document["paths"].values():
        yield from (operation["requestBody"] for operation in path.values() if "requestBody" in operation)


def _named(part: object) -> Iterator[str]:
    """The schemas to which a part of the document refers."""
    match part:
        case {"$ref": str(reference)}:
            yield reference.rpartition("/")[2]
        case dict():
            for member in part.values():
                yield from _named(member)
        case list():
            for item in part:
                yield from _named(item)


def _camel(handler: HTTPRouteHandler) -> str:
    head, *rest = handler.handler_name.split("_")
    return head + "".join(word.capitalize() for word in rest)
