"""How a command that starts servers fails: in words, with the status that command.md gives."""

from collections.abc import Iterator
from contextlib import contextmanager

from app.cli.api import ApiError
from app.cli.starting import FAILED, UNREACHABLE, stop, unreachable_is_told
from domain.ports.local_servers import ServersError, ServersMissing


class Unexpected(Exception):
    """Something was not as it should be, in words that hold nothing secret."""


@contextmanager
def failures_are_told() -> Iterator[None]:
    """A failure ends the command with 1, saying what and why; what is not there, with 3."""
    try:
        with unreachable_is_told():
            yield
    except ServersMissing as error:
        stop(str(error), status=UNREACHABLE)
    except (ServersError, ApiError, Unexpected) as error:
        stop(str(error), status=FAILED)
