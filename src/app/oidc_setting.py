"""``SWITCHBOARD_OIDC_ISSUERS``, judged whole at the start: what is wrong there stops it, and lets nobody in."""

import json
from pathlib import Path

from domain.oidc_issuers import IssuerProblem, OidcIssuer, read_issuers


class OidcIssuers(tuple[OidcIssuer, ...]):
    """Issuers that are believed; a type of its own, for the loader of settings would take it apart."""

    __slots__ = ()

    def __str__(self) -> str:
        """Their names."""
        return ", ".join(issuer.issuer for issuer in self)


def read_oidc_issuers(value: object) -> OidcIssuers:
    """Of a JSON list, the path of a file with one, or what TOML made of it. Raises IssuerProblem."""
    if isinstance(value, OidcIssuers):
        return value
    if isinstance(value, str):
        text = value.strip()
        value = _json(text if text.startswith("[") else _file(text))
    return OidcIssuers(read_issuers(value))


def _json(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise IssuerProblem("is no JSON") from None


def _file(path: str) -> str:
    try:
        return Path(path).read_text()
    except (OSError, ValueError):
        raise IssuerProblem("is neither a JSON list nor the path of a file that can be read") from None
