"""Where a request that a tenant caused may go: pure judgement, of a URL and of an address to connect to.

Rules:
- No name is ever judged, only the addresses that it resolved to: resolvers read ``0x7f000001`` and ``127.1`` as hosts.
- What is not ordinary global unicast is refused. ``ipaddress.is_global`` is no such test: it calls multicast, NAT64 of
  a link-local address, Azure's and Oracle's metadata services global.
- An IPv4 address inside an IPv6 one is judged as itself where it is certain which one it is; else refused.
- ``insecure`` opens plain http, loopback and private networks, and nothing else.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from urllib.parse import urlsplit

from domain.urls import url_problem

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


def _networks(*cidrs: str) -> tuple[Network, ...]:
    return tuple(ip_network(cidr) for cidr in cidrs)


# Metadata services that hand out a cloud machine's own credentials, and the IANA special-purpose registries' entries
# that are no private network: https://www.iana.org/assignments/iana-ipv4-special-registry (and -ipv6-).
_NEVER = _networks(
    "0.0.0.0/8",  # this network; 0.0.0.0 itself reaches loopback
    "100.64.0.0/10",  # carriers' and clusters' own (RFC 6598); Alibaba's metadata service is in it
    "168.63.129.16/32",  # Azure's wire server
    "169.254.0.0/16",  # link-local: the metadata service of most clouds
    "192.0.0.0/24",  # IETF protocol assignments; Oracle's metadata service
    "192.0.2.0/24",  # documentation
    "192.31.196.0/24",  # AS112
    "192.52.193.0/24",  # AMT
    "192.88.99.0/24",  # 6to4 relays
    "192.175.48.0/24",  # AS112
    "198.18.0.0/15",  # benchmarks
    "198.51.100.0/24",  # documentation
    "203.0.113.0/24",  # documentation
    "224.0.0.0/4",  # multicast
    "240.0.0.0/4",  # reserved, broadcast
    "2001::/23",  # IETF protocol assignments: Teredo, ORCHID, benchmarks
    "2001:db8::/32",  # documentation
    "2002::/16",  # 6to4: no provider is there, and a relay may lead into our network
    "2620:4f:8000::/48",  # AS112
    "3fff::/20",  # documentation
    "fd00:42::42/128",  # Scaleway's metadata service
    "fd00:ec2::/32",  # AWS's services on the machine, metadata among them
    "fd20:ce::/64",  # Google's metadata service
)
_OWN = _networks("10.0.0.0/8", "127.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1/128", "fc00::/7")
_GLOBAL_UNICAST_IPV6 = IPv6Network("2000::/3")

_NAT64 = IPv6Network("64:ff9b::/96")
"""The well-known prefix (RFC 6052), where the IPv4 address is the last 32 bits.

The local-use one (RFC 8215) is refused whole: where the address stands in it is each network's own choice.
"""

_FIRST_USER_PORT = 1024  # RFC 6335 §6


def forbidden_reason(address: Address, *, insecure: bool) -> str | None:
    """Why nothing may be sent to this address; None where it may."""
    address = _unwrapped(address)
    if any(address in network for network in _NEVER):
        return "a special-purpose address"
    if any(address in network for network in _OWN):
        return None if insecure else "a loopback or private address"
    if address.version == 6 and address not in _GLOBAL_UNICAST_IPV6:  # noqa: PLR2004 - the protocol's own name
        return "not a global unicast address"
    return None


def forbidden_url_reason(url: str, *, insecure: bool) -> str | None:
    """Why nothing may be sent to this URL, whatever its host resolves to; None where it may.

    Ports: the scheme's own, and those from 1024 on. The others are other protocols', which should not be spoken to.
    """
    if problem := url_problem(url, insecure=insecure):
        return f"not allowed: an allowed one {problem}"
    port = urlsplit(url).port
    is_foreign = port in range(_FIRST_USER_PORT) and port not in ({80, 443} if insecure else {443})
    return "at a port of another protocol" if is_foreign else None


def _unwrapped(address: Address) -> Address:
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address
