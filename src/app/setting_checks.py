"""What a setting's value looks like: what is wrong with it in words that follow its name, None where nothing is."""

import ipaddress
import re

from domain.urls import address_problem

_ADMIN_KEY_CHARACTERS = 32
_PORTS = 2**16


def is_key(value: str) -> bool:
    """Whether a key can be sent in an Authorization header as it is, and is long enough."""
    return len(value) >= _ADMIN_KEY_CHARACTERS and value.isascii() and value.isprintable() and value == value.strip()


def network_problem(network: str) -> str | None:
    try:
        ipaddress.ip_network(network)
    except ValueError:
        return "is a network such as 10.0.0.0/8, with no bit set behind its prefix, or a single address"
    return None


def vault_address_problem(url: str) -> str | None:
    return address_problem(url, insecure=True) if url else "is not set: the address of your Vault or OpenBao"


def is_bind(bind: str) -> bool:
    host, _, port = bind.rpartition(":")
    return bool(host) and re.fullmatch(r"[0-9]{1,5}", port) is not None and int(port) < _PORTS
