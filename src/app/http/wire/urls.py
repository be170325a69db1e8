"""Addresses that tenants name."""

import ipaddress
import re
from urllib.parse import urlsplit

from domain.apps import comparable_url

_LONGEST = 2048
# RFC 3986 §3.2 without userinfo, and without the percent-encoding that browsers decode and others do not.
_AUTHORITY = re.compile(r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?")


def address_problem(url: str, *, insecure: bool) -> str | None:
    """Why a browser or we cannot be sent there: https alone; http where insecure providers are allowed."""
    if len(url) > _LONGEST or not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        return "is not a URL of at most 2048 printable ASCII characters"
    try:
        parts = urlsplit(url)
        port_is_fine = parts.port != 0
    except ValueError:
        return "is not a URL"
    if parts.scheme != "https" and not (insecure and parts.scheme == "http"):
        return "begins with https://"
    if not _AUTHORITY.fullmatch(parts.netloc) or not port_is_fine:
        return "has a host, perhaps a port, and neither user nor password"
    return "has no fragment" if "#" in url else None


def return_url_problem(url: str, *, insecure: bool) -> str | None:
    """Why a browser is not sent there after a flow: https, or http on loopback where insecure providers are allowed."""
    problem = address_problem(url, insecure=insecure)
    if problem is None and urlsplit(url).scheme == "http" and not _is_loopback(urlsplit(url).hostname or ""):
        return "begins with https://, or is on loopback"
    return problem


def origin_problem(url: str, *, insecure: bool) -> str | None:
    """Why no page has this origin as browsers write it (RFC 6454 §6.2); schemes as of a return URL."""
    problem = return_url_problem(url, insecure=insecure)
    if problem is None and f"{url}/" != comparable_url(url):
        return "is an origin: scheme and host in lower case, perhaps a port, and no path"
    return problem


def relay_callback_url_problem(url: str, *, public_url: str, insecure: bool) -> str | None:
    """Why it cannot be registered at a provider in place of ours: as a return URL, without a query, not at our own."""
    if problem := return_url_problem(url, insecure=insecure):
        return problem
    if comparable_url(url).startswith(comparable_url(f"{public_url}/")):
        return "is not at Switchboard's own address: leave it out to have the callback come here"
    return "has no query" if "?" in url else None


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"
