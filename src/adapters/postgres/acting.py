"""Who acts, as the event loop carries it: a task keeps what its maker had. ``tenancy.enter`` tells Postgres."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache

import attrs

from domain.audit import SWITCHBOARD, Actor

_ACTING: ContextVar[Actor] = ContextVar("switchboard_acting", default=SWITCHBOARD)


def acting() -> str:
    """What ``switchboard.actor`` is set to."""
    return _told(_ACTING.get())


@lru_cache
def _told(actor: Actor) -> str:
    """A name may hold what no text of Postgres can."""
    members = attrs.asdict(actor, filter=lambda _, value: value is not None)
    readable = {name: value.encode(errors="replace").decode().replace("\0", "") for name, value in members.items()}
    return json.dumps(readable)


class ContextActing:
    """An Acting over a context variable."""

    @contextmanager
    def under(self, actor: Actor) -> Iterator[None]:
        """What is done in the block, and by tasks made in it, is this actor's until another is named."""
        token = _ACTING.set(actor)
        try:
            yield
        finally:
            _ACTING.reset(token)

    def become(self, actor: Actor) -> None:
        _ACTING.set(actor)
