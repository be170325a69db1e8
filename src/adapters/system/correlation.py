"""Which request a piece of work is done for, as the event loop carries it: a task keeps what its maker had."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_REQUEST_ID: ContextVar[str | None] = ContextVar("switchboard_request_id", default=None)


class ContextCorrelation:
    """A Correlation over a context variable."""

    def request_id(self) -> str | None:
        return _REQUEST_ID.get()

    @contextmanager
    def under(self, request_id: str) -> Iterator[None]:
        """What is done in the block, and by tasks made in it, is done for this request."""
        token = _REQUEST_ID.set(request_id)
        try:
            yield
        finally:
            _REQUEST_ID.reset(token)
