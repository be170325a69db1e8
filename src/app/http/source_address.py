"""Where a request came from: the peer's address, or what proxies that the settings trust say in ``X-Forwarded-For``.

Whoever asks writes that header as they like, and each proxy appends whom it heard. So it is read from the right, and
only as far as those who wrote it are trusted; a peer that is not is itself the source, whatever it sends.
"""

import ipaddress
from collections.abc import Sequence
from typing import TypeAlias

from litestar.datastructures import Headers
from litestar.types import HTTPScope

Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network
_Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address


def source_address(scope: HTTPScope, trusted: Sequence[Network]) -> str | None:
    """None where the server does not know its peer by an address."""
    source = _read(scope["client"][0]) if scope["client"] else None
    heard = [part for line in Headers.from_scope(scope).getall("X-Forwarded-For", []) for part in line.split(",")]
    while source is not None and heard and any(source in network for network in trusted):
        said = _read(heard.pop().strip())
        if said is None:
            break
        source = said
    return None if source is None else str(source)


def _read(written: str) -> _Address | None:
    """An address, also with a port, as some proxies write it; an IPv4 one that is mapped into IPv6 is IPv4."""
    host = written
    if written.startswith("["):
        host = written[1:].partition("]")[0]
    elif written.count(":") == 1:
        host = written.partition(":")[0]
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address
