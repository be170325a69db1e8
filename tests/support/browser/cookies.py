"""A browser's cookies (RFC 6265bis): by host and path, whatever the port; the rest as in Chromium.

The standard library's jar knows neither `SameSite` nor that browsers trust loopback like https, and both matter here.
"""

import email.utils
import time
from http.cookies import Morsel, SimpleCookie
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

import attrs


@attrs.frozen
class Cookie:
    """One cookie as it was set. `domain` begins with a dot where subdomains get it too."""

    name: str
    value: str = attrs.field(repr=False)
    domain: str
    path: str
    secure: bool
    http_only: bool
    same_site: str

    def goes_to(self, url: SplitResult) -> bool:
        """RFC 6265bis §5.8.3, but for `SameSite`. Ports count nowhere (§8.5)."""
        host = url.hostname or ""
        fits = host == self.domain or (self.domain.startswith(".") and f".{host}".endswith(self.domain))
        path = url.path or "/"
        below = path == self.path or path.startswith(self.path if self.path.endswith("/") else f"{self.path}/")
        return fits and below and (not self.secure or is_trustworthy(url))


@attrs.define
class Cookies:
    _kept: dict[tuple[str, str, str], Cookie] = attrs.field(factory=dict)

    def store(self, url: str, header: str) -> None:
        """Take one `Set-Cookie` header from `url`, or pass over it as a browser would."""
        origin = urlsplit(url)
        for morsel in SimpleCookie(header).values():
            cookie = _read(morsel, origin)
            key = (cookie.name, cookie.domain, cookie.path)
            if not _may_be_set(cookie, origin):
                continue
            self._kept.pop(key, None)
            if not _is_over(morsel):
                self._kept[key] = cookie

    def header(self, url: str, *, cross_site: bool, method: str) -> str | None:
        """The `Cookie` header of a top-level navigation; None where there is nothing to send."""
        sent = [c for c in self.at(url) if not cross_site or _crosses_sites(c, method)]
        return "; ".join(f"{cookie.name}={cookie.value}" for cookie in sent) or None

    def at(self, url: str) -> list[Cookie]:
        """The cookies that a same-site request to this address carries, those of longer paths first."""
        fitting = [cookie for cookie in self._kept.values() if cookie.goes_to(urlsplit(url))]
        return sorted(fitting, key=lambda cookie: -len(cookie.path))


def is_trustworthy(url: SplitResult) -> bool:
    """https, or a loopback host (W3C Secure Contexts §3.1)."""
    host = url.hostname or ""
    if url.scheme == "https" or host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _read(morsel: "Morsel[str]", origin: SplitResult) -> Cookie:
    default_path = origin.path.rpartition("/")[0] or "/"
    path = morsel["path"] if str(morsel["path"]).startswith("/") else default_path
    domain = str(morsel["domain"]).lstrip(".").lower()
    return Cookie(
        name=morsel.key,
        value=morsel.coded_value,
        domain=f".{domain}" if domain else origin.hostname or "",
        path=path,
        secure=bool(morsel["secure"]),
        http_only=bool(morsel["httponly"]),
        same_site=str(morsel["samesite"]).lower() or "lax",
    )


def _may_be_set(cookie: Cookie, origin: SplitResult) -> bool:
    if cookie.domain.startswith(".") and not f".{origin.hostname}".endswith(cookie.domain):
        return False
    if cookie.secure and not is_trustworthy(origin):
        return False
    if cookie.same_site == "none" and not cookie.secure:
        return False
    if cookie.name.startswith("__Host-"):
        return cookie.secure and cookie.path == "/" and not cookie.domain.startswith(".")
    return cookie.secure or not cookie.name.startswith("__Secure-")


def _is_over(morsel: "Morsel[str]") -> bool:
    if morsel["max-age"]:
        return int(morsel["max-age"]) <= 0
    if not morsel["expires"]:
        return False
    return email.utils.parsedate_to_datetime(morsel["expires"]).timestamp() <= time.time()


def _crosses_sites(cookie: Cookie, method: str) -> bool:
    """`Lax` goes with a link, not with a form's POST (RFC 6265bis §5.2). Chromium's two-minute grace is left out."""
    return cookie.same_site == "none" or (cookie.same_site == "lax" and method == "GET")
