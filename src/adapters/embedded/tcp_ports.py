"""TCP ports of 127.0.0.1, where alone the embedded servers listen."""

import socket

from adapters.embedded.errors import EmbeddedServerFailed

LOOPBACK = "127.0.0.1"


def free_port() -> int:
    """A port that nobody has bound at this moment; nothing keeps it free, so start the server at once."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


def given_or_free_port(port: int) -> int:
    """The given port, or any free one for 0. Raises EmbeddedServerFailed if somebody listens on the given one.

    Looked at first: a stranger that already listens there would answer the readiness check in our server's place.
    """
    if port == 0:
        return free_port()
    with socket.socket() as probe:
        # As the servers do it: what is left of a connection (TIME_WAIT) is no obstacle, a listener is.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as error:
            raise EmbeddedServerFailed(
                f"Port {port} of {LOOPBACK} cannot be had: choose another, or 0 for any."
            ) from error
    return port
