"""What a setting's value looks like: what is wrong with it in words that follow its name, None where nothing is."""

import ipaddress
import re
from urllib.parse import urlsplit

_ADMIN_KEY_CHARACTERS = 32
# As browsers write it (RFC 6454 §6.2), for it is compared with what they send: nothing in upper case.
_ORIGIN = re.compile(r"(https?)://([a-z0-9._-]+|\[[0-9a-f:.]+\])(?::([1-9][0-9]{0,4}))?")
_DEFAULT_PORTS = {"https": "443", "http": "80"}
_PORTS = 2**16


def is_key(value: str) -> bool:
    """Whether a key can be sent in an Authorization header as it is, and is long enough."""
    return len(value) >= _ADMIN_KEY_CHARACTERS and value.isascii() and value.isprintable() and value == value.strip()


def origin_problem(url: str) -> str | None:
    found = _ORIGIN.fullmatch(url)
    if found is None or int(found[3] or 0) >= _PORTS:
        return "is an origin in lower case, with nothing behind host and port: https://switchboard.example"
    scheme, host, port = found.groups()
    if port == _DEFAULT_PORTS[scheme]:
        return "leaves the default port out, as browsers do"
    if scheme == "http" and not _is_loopback(host.strip("[]")):
        return "begins with https:// (http:// on loopback alone)"
    return None


def network_problem(network: str) -> str | None:
    try:
        ipaddress.ip_network(network)
    except ValueError:
        return "is a network such as 10.0.0.0/8, with no bit set behind its prefix, or a single address"
    return None


def address_problem(url: str) -> str | None:
    if not url:
        return "is not set: the address of your Vault or OpenBao"
    try:
        parts = urlsplit(url)
        is_address = parts.scheme in _DEFAULT_PORTS and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_address = False
    return None if is_address else "is an address such as https://vault.example:8200"


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def is_bind(bind: str) -> bool:
    host, _, port = bind.rpartition(":")
    return bool(host) and re.fullmatch(r"[0-9]{1,5}", port) is not None and int(port) < _PORTS
