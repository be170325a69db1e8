"""Ports that stay the same from run to run: callback URLs and a provider's issuer hold them."""

from domain.ports.local_servers import Servers, ServersError
from domain.secret import Secret

PUBLIC = "public-port"
PROVIDER = "provider-port"
_USUAL = 8080
_PATIENCE_SECONDS = 5.0  # what a killed run has left there is about to end


def public_port(servers: Servers, asked: int | None) -> int:
    """The port to serve on: the one asked for; else that of the run before, else 8080. 0 asks for any.

    Raises ServersError where the port cannot be had.
    """
    if asked == 0:
        return _kept_or_any(servers, PUBLIC)
    kept = _kept(servers, PUBLIC)
    wanted = asked or kept or _USUAL
    return _keep(servers, PUBLIC, servers.port(wanted, within_seconds=_PATIENCE_SECONDS if wanted == kept else 0))


def provider_port(servers: Servers) -> int:
    """The provider's port of the run before, if it can be had; else any."""
    return _kept_or_any(servers, PROVIDER)


def _kept_or_any(servers: Servers, name: str) -> int:
    kept = _kept(servers, name)
    if kept is not None:
        try:
            return servers.port(kept, within_seconds=_PATIENCE_SECONDS)
        except ServersError:
            pass  # somebody else has it now
    return _keep(servers, name, servers.port(0))


def _kept(servers: Servers, name: str) -> int | None:
    kept = servers.kept(name)
    return None if kept is None else int(kept.reveal())


def _keep(servers: Servers, name: str, port: int) -> int:
    servers.keep(name, Secret(str(port)))
    return port
