"""The application as ``app.asgi`` makes it, with failpoints in its ports and with less patience."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from dependency_injector import providers
from litestar.types import ASGIApp

from app.asgi import create_service
from app.container import Container, die_with_parent, opened
from app.jobs.runner import running
from app.logs import configure_logs
from app.settings import load
from tests.support.failpoints.armed import Failpoints
from tests.support.failpoints.ports import REQUEST, Failing, steps_of

FOLDER_VARIABLE = "FAILPOINTS_FOLDER"
SECURE_SECONDS = 1.0
RECORD_SECONDS = 1.0
_JOBS_INTERVAL_SECONDS = 0.2

# Ports that a lambda makes: nothing of the provider says that an adapter comes of it.
_MADE_BY_HAND = frozenset({"vault_secrets"})


def serve_app() -> ASGIApp:
    """What granian serves: its settings are in the environment, as is the folder of the failpoints."""
    die_with_parent()
    settings = load({}).settings
    configure_logs(settings.log_level, settings.log_format)
    container = Container(settings=settings)
    container.finalise_connection.add_kwargs(secure_seconds=SECURE_SECONDS, record_seconds=RECORD_SECONDS)
    container.outage.add_kwargs(seconds_until_asked_again=0.0)  # each step is reached, whatever was met a moment ago
    failpoints = Failpoints.create(Path(os.environ[FOLDER_VARIABLE]))

    @asynccontextmanager
    async def with_failpoints(container: Container) -> AsyncIterator[None]:
        async with opened(container):
            _put_in(container, failpoints)
            async with running(container.jobs(), interval_seconds=_JOBS_INTERVAL_SECONDS):
                yield

    return _RememberTask(create_service(container, lifespan=with_failpoints))


def _put_in(container: Container, failpoints: Failpoints) -> None:
    steps = []
    for name, provider in container.providers.items():
        if not _makes_an_adapter(name, provider):
            continue
        port = provider()
        steps += steps_of(name, port)
        provider.override(providers.Object(Failing(port, name, failpoints)))
    failpoints.announce(sorted(steps))


def _makes_an_adapter(name: str, provider: Any) -> bool:
    made = getattr(provider, "cls", None)
    return name in _MADE_BY_HAND or str(getattr(made, "__module__", "")).startswith("adapters.")


class _RememberTask:
    """Tells what is done for a request which task answers it."""

    def __init__(self, beneath: Callable[..., Any]) -> None:
        self._beneath = beneath

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            REQUEST.set(asyncio.current_task())
        await self._beneath(scope, receive, send)
