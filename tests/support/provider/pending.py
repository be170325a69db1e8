"""Authorisation requests whose resource owner has not answered yet."""

import secrets

import attrs

from tests.support.provider.authorization import AuthorizationRequest
from tests.support.provider.forms import Parameters
from tests.support.provider.refusal import invalid_request


@attrs.frozen
class Pending:
    """What was asked, judged, and as it came."""

    asked: AuthorizationRequest
    parameters: Parameters


@attrs.define
class PendingConsents:
    _pending: dict[str, Pending] = attrs.field(factory=dict)

    def add(self, pending: Pending) -> str:
        """Keep the request; the answer is the one name by which it can be decided."""
        name = secrets.token_urlsafe(16)
        self._pending[name] = pending
        return name

    def take(self, name: str) -> Pending:
        """Take the request for good: a consent is given once."""
        if name not in self._pending:
            raise invalid_request("consent_unknown")
        return self._pending.pop(name)
