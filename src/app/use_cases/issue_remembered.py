"""Issue an access token from memory alone: nobody is asked, and nothing is waited for."""

from datetime import datetime

import attrs

from app.use_cases.current_grants import CurrentGrants
from domain.access import Permission, Principal
from domain.ids import ConnectionId
from domain.ports import Clock
from domain.secret import Secret
from domain.tokens import AccessToken


@attrs.frozen(kw_only=True)
class IssuedToken:
    """RFC 6749 §5.1's answer to a caller of ours.

    Attributes:
        seconds_left: Until ``expires_at``, now; None when the end is not known.

    """

    access_token: Secret
    token_type: str
    expires_at: datetime | None
    seconds_left: float | None
    scope: str


def issued(token: AccessToken, now: datetime) -> IssuedToken:
    """What a caller gets of a token now."""
    return IssuedToken(
        access_token=token.access_token,
        token_type=token.token_type,
        expires_at=token.expires_at,
        seconds_left=token.seconds_left(now),
        scope=token.scope,
    )


@attrs.frozen(kw_only=True)
class IssueRemembered:
    """Judge the principal as for any token; answer what is proven to be its connection's grant."""

    clock: Clock
    current: CurrentGrants

    def __call__(
        self, principal: Principal, organisation_id: str, connection_id: str, *, minimum_validity: float
    ) -> IssuedToken | None:
        """A token valid for ``minimum_validity`` seconds; None where memory will not do. Raises Forbidden, NotFound."""
        current = self.current.get(connection_id, minimum_validity=minimum_validity)
        if current is None or current.organisation_id != organisation_id:
            return None
        principal.require(Permission.ISSUE, current.organisation_id)
        principal.require_connection(ConnectionId(connection_id), app_id=current.app_id)
        return issued(current, self.clock.now())
