"""What a token endpoint answered, judged (RFC 6749 §5.1, §5.2).

Strict where a wrong reading would store what is no token; lenient where strictness would lose a grant that was given.
"""

import math
import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from domain.errors import ProviderError, ProviderProtocolError, ProviderUnavailable
from domain.ids import AttemptId
from domain.oauth import words
from domain.oauth.account import ExpectedIdToken, read_account
from domain.oauth.body import read_object
from domain.oauth.http import ProviderResponse
from domain.secret import Secret
from domain.tokens import BEARER, TOKEN, TokenGrant

_EXPIRES_IN = re.compile(r"-?[0-9]{1,10}")
_OK = 200
# No RFC has a word for it: the most used, Keycloak's, Intuit's.
_GRANT_ENDS = ("refresh_token_expires_in", "refresh_expires_in", "x_refresh_token_expires_in")


def read_token_response(
    response: ProviderResponse,
    *,
    sent_at: datetime,
    requested_scope: str,
    attempt: AttemptId,
    known_type: str | None = None,
    id_token: ExpectedIdToken | None = None,
) -> TokenGrant:
    """The grant in a token endpoint's answer.

    ``sent_at`` is a moment before the request went out; ``known_type`` is the type of the token that this one renews,
    for an answer that names none: what it rotated would be lost. For the same reason an answer of another type than
    Bearer is a grant there, over as it begins: kept, and not issued. ``id_token`` is what one in the answer has to say;
    where it says anything else the account is refused, and the grant is answered all the same: saved first.

    Raises ProviderUnavailable for a 5xx or 429, ProviderError for an OAuth error, also one that comes with a 200 as
    GitHub's and Slack's do, ProviderProtocolError for anything else.
    """
    if response.status >= 500 or response.status == 429:  # noqa: PLR2004 - HTTP's own numbers
        raise ProviderUnavailable(error=f"http_{response.status}")
    members = read_object(response)
    error = members.get("error")
    if isinstance(error, str) and error:
        raise ProviderError(
            error=words.error_code(error), description=words.description(members.get("error_description"))
        )
    if response.status != _OK:
        raise ProviderProtocolError(f"The token endpoint answered {response.status} without an OAuth error.")
    access_token, token_type = _access_token(members), _token_type(members, known_type)
    return TokenGrant(
        access_token=access_token,
        token_type=token_type,
        obtained_at=sent_at,
        expires_at=_end(members, ("expires_in",), sent_at) if token_type == BEARER else sent_at,
        refresh_token=_refresh_token(members),
        scope=_scope(members, requested_scope),
        attempt=attempt,
        grant_expires_at=_grant_expires_at(members, sent_at),
        account=read_account(members, expected=id_token, now=sent_at),
    )


def _access_token(members: Mapping[str, object]) -> Secret:
    token = members.get("access_token")
    if members.get("ok") is False or not isinstance(token, str) or not TOKEN.fullmatch(token):
        raise ProviderProtocolError("The token endpoint's answer holds no access token.")
    return Secret(token)


def _token_type(members: Mapping[str, object], known_type: str | None) -> str:
    # Required, and case-insensitive (RFC 6749 §5.1). A token that must be signed for (DPoP, MAC) is no Bearer token.
    token_type = members.get("token_type") or known_type
    if isinstance(token_type, str) and token_type.lower() == BEARER.lower():
        return BEARER
    if known_type is None:
        raise ProviderProtocolError("The token endpoint's answer is not of token_type Bearer.")
    return token_type if isinstance(token_type, str) and TOKEN.fullmatch(token_type) else known_type


def _refresh_token(members: Mapping[str, object]) -> Secret | None:
    token = members.get("refresh_token")
    return Secret(token) if isinstance(token, str) and TOKEN.fullmatch(token) else None


def _grant_expires_at(members: Mapping[str, object], sent_at: datetime) -> datetime | None:
    end = _end(members, _GRANT_ENDS, sent_at)
    return None if end == sent_at else end  # 0 is Keycloak's word for "never"


def _end(members: Mapping[str, object], names: Sequence[str], sent_at: datetime) -> datetime | None:
    """After so many seconds. What is no number of them is "unknown": no reason to lose the grant."""
    value = next((members[name] for name in names if name in members), None)
    if isinstance(value, bool):
        return None
    if isinstance(value, float) and math.isfinite(value):
        value = int(value)
    if not isinstance(value, int | str) or not _EXPIRES_IN.fullmatch(str(value)):
        return None
    try:
        return sent_at + timedelta(seconds=max(0, int(value)))
    except OverflowError:
        return None


def _scope(members: Mapping[str, object], requested: str) -> str:
    """What was granted: as requested where the answer does not say (RFC 6749 §5.1); some separate by commas."""
    value = members.get("scope")
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        value = " ".join(value)
    if not isinstance(value, str):
        return requested
    asked = requested.split()  # one that was asked for may hold a comma of its own (RFC 6749 §3.3)
    granted = (part for item in value.split() for part in ([item] if item in asked else item.split(",")))
    return " ".join(words.scope(part) for part in granted if part)
