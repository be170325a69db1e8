"""The application: routes, pages, and how a refusal is told."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from ipaddress import ip_network
from typing import Any

from litestar import Litestar, Router
from litestar.datastructures import ResponseHeader
from litestar.di import Provide
from litestar.exceptions import HTTPException
from litestar.types import ASGIApp

from app.container import Container, die_with_parent, opened
from app.http import errors as http_errors
from app.http import openapi
from app.http.acting import ActingMiddleware
from app.http.authentication import principal_of, require_key
from app.http.body_deadline import BODY_SECONDS, BodyDeadlineMiddleware
from app.http.cors import CorsMiddleware
from app.http.hot_token import HotTokenMiddleware
from app.http.json_bodies import JsonRequest
from app.http.latency import LatencyMiddleware
from app.http.lists import asked_page
from app.http.methods import list_all_methods
from app.http.request_id import RequestIdMiddleware
from app.http.routes import (
    api_keys,
    apps,
    audit_events,
    callback,
    connected_apps,
    connection_init,
    connections,
    credentials,
    health,
    metrics,
    organisations,
    signing_keys,
)
from app.jobs.runner import running
from app.logs import configure_logs
from app.pages import docs, landing, start
from app.pages import errors as page_errors
from app.settings import LogLevel, load
from domain.errors import SwitchboardError

_LARGEST_BODY = 1024 * 1024  # bytes: api.md

_PROVIDED = (
    "settings",
    "mint",
    "check_readiness",
    "create_organisation",
    "list_organisations",
    "read_organisation",
    "delete_organisation",
    "create_api_key",
    "list_api_keys",
    "read_api_key",
    "delete_api_key",
    "create_signing_key",
    "list_signing_keys",
    "read_signing_key",
    "delete_signing_key",
    "list_audit_events",
    "create_app",
    "read_app",
    "list_apps",
    "replace_app",
    "delete_app",
    "read_public_app",
    "list_public_apps",
    "start_connection",
    "read_flow",
    "show_start_page",
    "begin_authorization",
    "finalise_connection",
    "finish_in_browser",
    "show_result",
    "read_connection",
    "list_connections",
    "create_connection",
    "replace_connection",
    "delete_connection",
    "revoke_connection",
    "issue_token",
    "create_credential",
    "list_credentials",
    "issue_headers",
    "list_connected_apps",
    "read_credential",
    "replace_credential",
    "delete_credential",
)


def create_app(
    container: Container, *, lifespan: Callable[[Container], Any] = opened, body_seconds: float = BODY_SECONDS
) -> Litestar:
    """The application over a container; ``lifespan`` opens what the container's adapters stand on."""

    @asynccontextmanager
    async def alive(_: Litestar) -> AsyncIterator[None]:
        async with lifespan(container):
            yield

    app = Litestar(
        route_handlers=[_api(container), _pages(), health.livez, health.readyz, metrics.read_metrics],
        dependencies={name: _provide(getattr(container, name)) for name in _PROVIDED}
        | {
            "callback": Provide(callback.callback_of, sync_to_thread=False),
            "asked_page": Provide(asked_page(container.cursor_key)),
        },
        exception_handlers={
            SwitchboardError: http_errors.answer_refusal,
            HTTPException: http_errors.answer_http_exception,
            Exception: http_errors.answer_failure,
        },
        before_send=[list_all_methods],
        lifespan=[alive],
        logging_config=None,
        openapi_config=openapi.config(),
        request_max_body_size=_LARGEST_BODY,
    )
    # Outside of Litestar: its 404 and 405 come before any middleware, and they are told as all else is.
    app.asgi_handler = CorsMiddleware(
        BodyDeadlineMiddleware(app.asgi_handler, seconds=body_seconds),
        origins=container.settings().cors_origins,
        allow=container.allow_origin,
    )
    networks = [ip_network(written) for written in container.settings().trusted_proxies]
    acting = ActingMiddleware(app.asgi_handler, under=container.acting().under, trusted_proxies=networks)
    app.asgi_handler = RequestIdMiddleware(LatencyMiddleware(acting), under=container.correlation().under)
    return app


def create_service(
    container: Container, *, lifespan: Callable[[Container], Any] = opened, body_seconds: float = BODY_SECONDS
) -> ASGIApp:
    """The application, and in front of it what answers tokens from memory: an eighth of such an answer was Litestar."""
    app = create_app(container, lifespan=lifespan, body_seconds=body_seconds)
    if container.settings().log_level is LogLevel.DEBUG:  # which shows every request
        return app
    return HotTokenMiddleware(
        app, known=container.known_principals, issue=container.issue_remembered, body_seconds=body_seconds
    )


def serve_app() -> ASGIApp:
    """The service as a server process makes it: its settings are in the environment."""
    die_with_parent()
    settings = load({}).settings
    configure_logs(settings.log_level, settings.log_format)
    return create_service(Container(settings=settings), lifespan=_with_jobs if settings.jobs else opened)


@asynccontextmanager
async def _with_jobs(container: Container) -> AsyncIterator[None]:
    async with opened(container), running(container.jobs()):
        yield


def _api(container: Container) -> Router:
    return Router(
        path="/v1alpha1",
        route_handlers=[
            organisations.create_organisation,
            organisations.list_organisations,
            organisations.read_organisation,
            organisations.delete_organisation,
            api_keys.create_api_key,
            api_keys.list_api_keys,
            api_keys.read_api_key,
            api_keys.delete_api_key,
            signing_keys.create_signing_key,
            signing_keys.list_signing_keys,
            signing_keys.read_signing_key,
            signing_keys.delete_signing_key,
            audit_events.list_audit_events,
            apps.create_app,
            apps.list_apps,
            apps.read_app,
            apps.replace_app,
            apps.delete_app,
            apps.list_public_apps,
            apps.read_public_app,
            connection_init.connection_init,
            connection_init.read_flow,
            callback.finalise_connection_callback,
            connections.list_connections,
            connections.read_connection,
            connections.create_connection,
            connections.replace_connection,
            connections.delete_connection,
            connections.revoke_connection,
            connections.issue_token,
            credentials.create_credential,
            credentials.list_credentials,
            connections.issue_headers,
            connected_apps.list_connected_apps,
            credentials.read_credential,
            credentials.replace_credential,
            credentials.delete_credential,
        ],
        guards=[require_key(container.authenticate, container.acting())],
        request_class=JsonRequest,
        dependencies={"principal": Provide(principal_of, sync_to_thread=False)},
        response_headers=[ResponseHeader(name="Cache-Control", value="no-store")],
        security=[{"bearer": []}],
    )


def _pages() -> Router:
    return Router(
        path="/",
        route_handlers=[start.show_start_page, start.begin, landing.land, landing.show_result, docs.show_docs],
        exception_handlers={
            SwitchboardError: page_errors.show_refusal,
            HTTPException: page_errors.show_http_exception,
            Exception: page_errors.show_failure,
        },
    )


def _provide(factory: Callable[[], Any]) -> Provide:
    # Provide takes no provider of dependency-injector: it looks for a signature with a return annotation.
    def provided() -> Any:
        return factory()

    return Provide(provided, sync_to_thread=False)
