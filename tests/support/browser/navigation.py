"""A navigation's steps, and the headers that say where it comes from: `Sec-Fetch-*`, `Origin`, `Referer`."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Self
from urllib.parse import urlsplit, urlunsplit

import attrs

DEFAULT_POLICY = "strict-origin-when-cross-origin"

_POLICIES = frozenset({DEFAULT_POLICY, "no-referrer", "same-origin", "strict-origin"})


@attrs.frozen
class Initiator:
    """The page from which a navigation began, and the Referrer-Policy that holds by now."""

    url: str
    policy: str = DEFAULT_POLICY


@attrs.frozen
class Navigation:
    """One step of a navigation: all its addresses so far, the present one last. No initiator: somebody typed it."""

    method: str
    urls: tuple[str, ...]
    initiator: Initiator | None
    content: tuple[tuple[str, str], ...] = ()

    @property
    def url(self) -> str:
        return self.urls[-1]

    @property
    def is_cross_site(self) -> bool:
        """Whether `SameSite` cookies stay behind. Browsers look at the initiator, not at redirects in between."""
        return self.initiator is not None and not same_site(self.initiator.url, self.url)

    def redirected(self, *, status: int, location: str, headers: Mapping[str, str]) -> Self:
        """The next step (Fetch §4.4): only 307 and 308 send the same thing again."""
        initiator = self.initiator
        if initiator is not None:
            initiator = attrs.evolve(initiator, policy=policy_of(headers, initiator.policy))
        step = attrs.evolve(self, urls=(*self.urls, location), initiator=initiator)
        return step if status in {307, 308} else attrs.evolve(step, method="GET", content=())

    def headers(self) -> dict[str, str]:
        headers = {
            "Sec-Fetch-Site": self._fetch_site(),
            "Sec-Fetch-Mode": "navigate",
            "Sec-Fetch-User": "?1",
            "Sec-Fetch-Dest": "document",
        }
        if self.method != "GET":
            headers["Origin"] = self._origin()
        referer = self._referer()
        return headers if referer is None else {**headers, "Referer": referer}

    def _fetch_site(self) -> str:
        """W3C Fetch Metadata §2.3: the farthest of all the redirects counts."""
        if self.initiator is None:
            return "none"
        start = self.initiator.url
        if all(origin_of(url) == origin_of(start) for url in self.urls):
            return "same-origin"
        return "same-site" if all(same_site(url, start) for url in self.urls) else "cross-site"

    def _origin(self) -> str:
        """Fetch §3.2: the initiator's; `null` where the policy hides it or a redirect led on from another origin."""
        if self.initiator is None or self.initiator.policy == "no-referrer":
            return "null"
        start = origin_of(self.initiator.url)
        hidden = self.initiator.policy == "same-origin" and origin_of(self.url) != start
        led_on = any(origin_of(to) != origin_of(by) != start for by, to in pairwise(self.urls))
        return "null" if hidden or led_on or self._is_downgrade(self.initiator) else start

    def _referer(self) -> str | None:
        """W3C Referrer Policy §8.3."""
        if self.initiator is None or self.initiator.policy == "no-referrer" or self._is_downgrade(self.initiator):
            return None
        same_origin = origin_of(self.initiator.url) == origin_of(self.url)
        if same_origin and self.initiator.policy != "strict-origin":
            return urlunsplit(urlsplit(self.initiator.url)._replace(fragment=""))
        return None if self.initiator.policy == "same-origin" else f"{origin_of(self.initiator.url)}/"

    def _is_downgrade(self, initiator: Initiator) -> bool:
        return urlsplit(initiator.url).scheme == "https" and urlsplit(self.url).scheme != "https"


def policy_of(headers: Mapping[str, str], otherwise: str) -> str:
    """The policy that an answer sets: the last one known (Referrer Policy §8.1)."""
    named = [word.strip().lower() for word in headers.get("Referrer-Policy", "").split(",")]
    return next((word for word in reversed(named) if word in _POLICIES), otherwise)


def origin_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def same_site(one: str, other: str) -> bool:
    """Scheme and host, whatever the port. Hosts here are whole sites: there is no list of public suffixes."""
    first, second = urlsplit(one), urlsplit(other)
    return (first.scheme, first.hostname) == (second.scheme, second.hostname)
