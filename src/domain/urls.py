"""Addresses: the one place where they are judged.

Each ``…_problem`` is None, or what an address that may stand there is like, in words that follow a member's name.

Rules:
- What browsers, Python and others could read as different addresses is none: no userinfo, no percent-encoded host, no
  backslash, nothing but printable ASCII (C19). So what is judged here is where a request goes.
- http is for where an operator allows it (``insecure``), and in a browser for loopback alone.
- A host is not resolved: where its addresses lead is the egress guard's.
"""

import ipaddress
import re
from urllib.parse import urlsplit

_LONGEST = 2048
_VISIBLE = re.compile(r"[\x21-\x5b\x5d-\x7e]+")  # without the backslash, which some readers take for a slash
# RFC 3986 §3.2 without userinfo, and without the percent-encoding that browsers decode and others do not.
_AUTHORITY = re.compile(r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?")
_DEFAULT_PORTS = {"https": 443, "http": 80}


def url_problem(url: str, *, insecure: bool) -> str | None:
    """Why nothing can be sent there: https alone; http where insecure providers are allowed."""
    if not _VISIBLE.fullmatch(url):
        return "is a URL of printable ASCII characters"
    try:
        parts = urlsplit(url)
        port_is_fine = parts.port != 0
    except ValueError:
        return "is a URL"
    if parts.scheme != "https" and not (insecure and parts.scheme == "http"):
        return "begins with https://"
    if not _AUTHORITY.fullmatch(parts.netloc) or not port_is_fine:
        return "has a host, perhaps a port, and neither user nor password"
    return "has no fragment" if "#" in url else None


def address_problem(url: str, *, insecure: bool) -> str | None:
    """Why it is not kept as an address to which a browser or we are sent."""
    if len(url) > _LONGEST:
        return f"is a URL of at most {_LONGEST} characters"
    return url_problem(url, insecure=insecure)


def return_url_problem(url: str, *, insecure: bool) -> str | None:
    """Why a browser is not sent there after a flow: https, or http on loopback where insecure providers are allowed."""
    problem = address_problem(url, insecure=insecure)
    if problem is None and urlsplit(url).scheme == "http" and not _is_loopback(urlsplit(url).hostname or ""):
        return "begins with https://, or is on loopback"
    return problem


def issuer_problem(url: str) -> str | None:
    """Why it names no issuer (RFC 8414 §2), nor its keys: https, or http on loopback, and no query."""
    return return_url_problem(url, insecure=True) or ("has no query" if "?" in url else None)


def origin_problem(url: str, *, insecure: bool) -> str | None:
    """Why no page has this origin as browsers write it (RFC 6454 §6.2); schemes as of a return URL."""
    problem = return_url_problem(url, insecure=insecure)
    if problem is None and f"{url}/" != comparable_url(url):
        return "is an origin: scheme and host in lower case, a port unless it is the default one, and no path"
    return problem


def relay_callback_url_problem(url: str, *, public_url: str, insecure: bool) -> str | None:
    """Why it cannot be registered at a provider in place of ours: as a return URL, without a query, not at our own."""
    if problem := return_url_problem(url, insecure=insecure):
        return problem
    if comparable_url(url).startswith(comparable_url(f"{public_url}/")):
        return "is not at Switchboard's own address: leave it out to have the callback come here"
    return "has no query" if "?" in url else None


def comparable_url(url: str) -> str:
    """The URL with scheme and host in lower case and without a default port (RFC 3986 §6.2.2.1, §6.2.3).

    An empty path is the root. Raises ValueError for a malformed host or port.
    """
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    port = "" if parts.port in {None, _DEFAULT_PORTS.get(parts.scheme)} else f":{parts.port}"
    netloc = f"[{host}]{port}" if ":" in host else f"{host}{port}"
    return parts._replace(netloc=netloc, path=parts.path or "/").geturl()


def origin_of(url: str) -> str:
    """The URL's origin, for comparing (RFC 6454 §4); of what is no address, itself."""
    try:
        parts = urlsplit(comparable_url(url))
    except ValueError:
        return url
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else url


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"
