"""The account that a token endpoint's answer tells of: an ID token's, or a provider's own members.

An ID token is not verified by its signature: it came from the token endpoint itself, and TLS stands for the signature
there (OpenID Connect Core §3.1.3.7, item 6). All else that §3.1.3.7 has is held to. One that nobody asked for is passed
over.
"""

import base64
import json
import math
import re
from collections.abc import Mapping
from datetime import datetime

import attrs

from domain.accounts import Account
from domain.jwt import MOST_CHARACTERS, Algorithm
from domain.oauth.client import OAuthClient

_MACS = frozenset({"HS256", "HS384", "HS512"})  # under the client secret (§10.1)
_ALGORITHMS = frozenset(Algorithm) | _MACS
_SKEW_SECONDS = 60
_IDENTIFIER = re.compile(r"[!-~]{1,512}")
_SUBJECT = re.compile(r"[ -~]{1,255}")  # §2: at most 255 ASCII characters
_SALESFORCE_ID = re.compile(r"https://[!-~]+/id/[!-~]+")


@attrs.frozen(kw_only=True)
class ExpectedIdToken:
    """What an ID token has to say.

    Attributes:
        issuer: None where none is configured or discovered: any will do.
        nonce: What the authorization request said; None where it said nothing.

    """

    issuer: str | None
    client_id: str
    nonce: str | None = None

    @classmethod
    def of(cls, client: OAuthClient, *, nonce: str | None = None) -> "ExpectedIdToken":
        return cls(issuer=client.issuer, client_id=client.client_id, nonce=nonce)


class _Refused(Exception):
    """Carries the word that says why."""


def read_account(members: Mapping[str, object], *, expected: ExpectedIdToken | None, now: datetime) -> Account:
    """The account of an answer's members; refused for an ID token that is not as expected. None is expected: unread."""
    told = _told(members)
    id_token = members.get("id_token")
    if expected is None or id_token is None:
        return Account(told)
    try:
        claims = _claims(id_token)
        _judge(claims, expected, now=now.timestamp())
    except _Refused as refusal:
        return Account(told, refused=f"id_token_{refusal}")
    return Account({"iss": str(claims["iss"]), "sub": str(claims["sub"])} | told)


def _told(members: Mapping[str, object]) -> dict[str, str]:
    """What providers say in members of their own: Slack, Salesforce, Intuit."""
    found = {
        "team_id": _within(members.get("team"), "id"),
        "enterprise_id": _within(members.get("enterprise"), "id"),
        "authed_user_id": _within(members.get("authed_user"), "id"),
        "realmId": members.get("realmId"),
        "instance_url": members.get("instance_url"),
    }
    own = members.get("id")
    if isinstance(own, str) and _SALESFORCE_ID.fullmatch(own):  # elsewhere an ``id`` is no account's
        found["id"] = own
    return {name: value for name, value in found.items() if isinstance(value, str) and _IDENTIFIER.fullmatch(value)}


def _within(value: object, name: str) -> object:
    return value.get(name) if isinstance(value, dict) else None


def _claims(id_token: object) -> Mapping[str, object]:
    """The claims of a signed JWT (RFC 7515 §7.1), believed in nothing yet."""
    if not isinstance(id_token, str) or len(id_token) > MOST_CHARACTERS:
        raise _Refused("malformed")
    parts = id_token.split(".")
    if len(parts) != 3 or not all(parts):  # noqa: PLR2004 - header, claims, signature
        raise _Refused("malformed")
    header = _object(parts[0])
    if header.get("alg") not in _ALGORITHMS:  # never ``none``, which says that nobody answers for it
        raise _Refused("alg")
    if "crit" in header:  # RFC 7515 §4.1.11: what has to be understood, and is not
        raise _Refused("crit")
    return _object(parts[1])


def _object(part: str) -> Mapping[str, object]:
    try:
        decoded = base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
        members = json.loads(decoded)
    except (ValueError, RecursionError):
        raise _Refused("malformed") from None
    if not isinstance(members, dict):
        raise _Refused("malformed")
    return members


def _judge(claims: Mapping[str, object], expected: ExpectedIdToken, *, now: float) -> None:
    """OpenID Connect Core §2, §3.1.3.7."""
    issuer, subject = claims.get("iss"), claims.get("sub")
    if not isinstance(issuer, str) or not _IDENTIFIER.fullmatch(issuer) or expected.issuer not in {None, issuer}:
        raise _Refused("iss")
    if not isinstance(subject, str) or not _SUBJECT.fullmatch(subject):
        raise _Refused("sub")
    _judge_audience(claims, expected.client_id)
    expires, issued = _time(claims, "exp"), _time(claims, "iat")
    if expires is None or expires + _SKEW_SECONDS <= now:
        raise _Refused("exp")
    if issued is None or issued > now + _SKEW_SECONDS:
        raise _Refused("iat")
    if expected.nonce is not None and claims.get("nonce") != expected.nonce:
        raise _Refused("nonce")


def _judge_audience(claims: Mapping[str, object], client_id: str) -> None:
    """Items 3 to 5: it is for this client, and where it is for others too, it was given to this one."""
    audience, party = claims.get("aud"), claims.get("azp")
    named = audience if isinstance(audience, list) else [audience]
    if client_id not in named or (len(named) > 1 and party is None):
        raise _Refused("aud")
    if party is not None and party != client_id:
        raise _Refused("azp")


def _time(claims: Mapping[str, object], name: str) -> float | None:
    """RFC 7519 §2: a NumericDate; None for anything else."""
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        seconds = float(value)
    except OverflowError:
        return None
    return seconds if math.isfinite(seconds) else None
