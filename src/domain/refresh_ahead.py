"""When a grant is renewed though nobody asks, and when it ends.

Renewed it is before its callers would have to wait for a new token, and before it ends for want of use; and not all of
them at once.
"""

import hashlib
from datetime import datetime, timedelta

import attrs

from domain.connections import MadeWith
from domain.ids import ConnectionId
from domain.oauth.client import OAuthClient
from domain.tokens import DEFAULT_VALIDITY_SECONDS, TokenGrant, needed_seconds

_LAST_PART = 1 / 5
_SPREAD = 3 / 4
_IDLE_FROM = 1 / 2
_IDLE_SPREAD = 1 / 4
_FRACTIONS = 2**32


@attrs.frozen(kw_only=True)
class Foreseen:
    """What is known of a grant's future; each None where it is not.

    Attributes:
        refresh_due_at: When it is to be renewed though nobody asks; None for never.
        final_at: Its end, however often it is renewed.
        idle_at: Its end unless it is renewed before.

    """

    refresh_due_at: datetime | None
    final_at: datetime | None
    idle_at: datetime | None


def foresee(grant: TokenGrant, connection_id: ConnectionId, made_with: MadeWith) -> Foreseen:
    """By what the provider said, and by the limits that the client was made with.

    The end that a provider told is taken for final until a renewal has shown that it moves.
    """
    if grant.refresh_token is None:
        return Foreseen(refresh_due_at=None, final_at=None, idle_at=None)
    idle, absolute = _limits(made_with)
    told, moves, place = grant.grant_expires_at, grant.grant_end_moves, _fraction(connection_id)
    idle_at = _earliest(_after(grant.obtained_at, idle), told if moves else None)
    final_at = _earliest(_after(grant.granted_at or grant.obtained_at, absolute), None if moves else told)
    untried = told if moves is None else None
    return Foreseen(
        refresh_due_at=_earliest(
            _before_the_token_ends(grant, place), _before_idle(grant, _earliest(idle_at, untried), place)
        ),
        final_at=final_at,
        idle_at=idle_at,
    )


def _before_the_token_ends(grant: TokenGrant, place: float) -> datetime | None:
    """A moment in the last fifth of the token's useful life; None for one that does not end, or has no life.

    Useful is a token until a caller who asks for no validity of their own would have it renewed. Each connection has a
    place of its own in the first three quarters of that fifth, the same each time: tokens that were obtained together
    are not renewed together, and the last quarter is for whoever renews them.
    """
    if grant.expires_at is None or grant.expires_at <= grant.obtained_at:
        return None
    life = grant.expires_at - grant.obtained_at
    needed = needed_seconds(life.total_seconds(), minimum_validity=DEFAULT_VALIDITY_SECONDS)
    useful_until = grant.expires_at - timedelta(seconds=needed)
    left = life * _LAST_PART * (1 - _SPREAD * place)
    return max(grant.obtained_at + life / 2, useful_until - left)


def _before_idle(grant: TokenGrant, idle_at: datetime | None, place: float) -> datetime | None:
    """A moment in the third quarter: the last is for a provider, or us, that is away for long."""
    if idle_at is None or idle_at <= grant.obtained_at:
        return None
    return grant.obtained_at + (idle_at - grant.obtained_at) * (_IDLE_FROM + _IDLE_SPREAD * place)


def _limits(made_with: MadeWith) -> tuple[int | None, int | None]:
    if not isinstance(made_with, OAuthClient):
        return None, None
    return made_with.refresh_token_idle_lifetime, made_with.refresh_token_absolute_lifetime


def _after(since: datetime, seconds: int | None) -> datetime | None:
    return None if seconds is None else since + timedelta(seconds=seconds)


def _earliest(*moments: datetime | None) -> datetime | None:
    return min((moment for moment in moments if moment is not None), default=None)


def _fraction(connection_id: ConnectionId) -> float:
    """From 0 to 1, as evenly as a hash is."""
    return int.from_bytes(hashlib.sha256(connection_id.encode()).digest()[:4], "big") / _FRACTIONS
