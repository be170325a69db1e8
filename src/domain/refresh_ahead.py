"""When a token is renewed though nobody asks: before its callers would have to wait for it, and not all at once."""

import hashlib
from datetime import datetime, timedelta

from domain.ids import ConnectionId
from domain.tokens import DEFAULT_VALIDITY_SECONDS, TokenGrant, needed_seconds

_LAST_PART = 1 / 5
_SPREAD = 3 / 4
_FRACTIONS = 2**32


def refresh_due_at(grant: TokenGrant, connection_id: ConnectionId) -> datetime | None:
    """A moment in the last fifth of the token's useful life; None for what cannot be renewed, or does not end.

    Useful is a token until a caller who asks for no validity of their own would have it renewed. Each connection has a
    place of its own in the first three quarters of that fifth, the same each time: tokens that were obtained together
    are not renewed together, and the last quarter is for whoever renews them.
    """
    if grant.refresh_token is None or grant.expires_at is None or grant.expires_at <= grant.obtained_at:
        return None
    life = grant.expires_at - grant.obtained_at
    needed = needed_seconds(life.total_seconds(), minimum_validity=DEFAULT_VALIDITY_SECONDS)
    useful_until = grant.expires_at - timedelta(seconds=needed)
    left = life * _LAST_PART * (1 - _SPREAD * _fraction(connection_id))
    return max(grant.obtained_at + life / 2, useful_until - left)


def _fraction(connection_id: ConnectionId) -> float:
    """From 0 to 1, as evenly as a hash is."""
    return int.from_bytes(hashlib.sha256(connection_id.encode()).digest()[:4], "big") / _FRACTIONS
