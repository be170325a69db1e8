"""Whose deed it is what a request has done: a browser's, until it is known whose key it carries."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

import attrs
from litestar.types import ASGIApp, Receive, Scope, Send

from app.http.request_id import is_http, request_id_of
from app.http.source_address import Network, source_address
from domain.access import Principal
from domain.audit import Actor
from domain.ports import Acting

_STATE_KEY = "switchboard_actor"

Under = Callable[[Actor], AbstractContextManager[None]]
"""A block in which all that is done is this actor's deed."""


def act_as(principal: Principal, scope: Scope, acting: Acting) -> None:
    """From here on what the request has done is the principal's deed."""
    actor = attrs.evolve(actor_of(scope), principal_id=principal.id, principal_name=principal.name)
    scope["state"][_STATE_KEY] = actor
    acting.become(actor)


def actor_of(scope: Scope) -> Actor:
    """Whose deeds the request's are, as far as it is known."""
    actor: Actor = scope["state"][_STATE_KEY]
    return actor


class ActingMiddleware:
    """Inside of what gives the request its id."""

    def __init__(self, app: ASGIApp, *, under: Under, trusted_proxies: Sequence[Network]) -> None:
        self.app = app
        self.under = under
        self.trusted_proxies = trusted_proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not is_http(scope):
            await self.app(scope, receive, send)
            return
        actor = Actor(request_id=request_id_of(scope), source_address=source_address(scope, self.trusted_proxies))
        scope["state"][_STATE_KEY] = actor
        with self.under(actor):
            await self.app(scope, receive, send)
