"""A rotating provider that punishes reuse, in this process: the rules of the strict one, and its truth."""

from collections.abc import Callable
from enum import Enum, auto

import attrs
import msgspec

from domain.flows import AuthorizationFlow
from domain.oauth.http import ProviderRequest, ProviderResponse
from domain.secret import Secret
from tests.histories.virtual_time import VirtualClock
from tests.support.provider.answers import token_members
from tests.support.provider.authorization import AuthorizationRequest
from tests.support.provider.behaviour import Behaviour
from tests.support.provider.clients import ProviderClient
from tests.support.provider.grants import Grant, Grants, Issued
from tests.support.provider.ledger import TokenSeen, fingerprint
from tests.support.provider.refusal import Refusal

LIFE_SECONDS = 60


class OfReuse(Enum):
    """What a provider thinks of a refresh token that comes again."""

    ENDS_GRANT = auto()
    FORGIVES = auto()  # the last one: the same successor is its answer
    REFUSES = auto()  # and the grant lives on


@attrs.define
class RotatingProvider:
    """A TokenExchanger whose other side is a provider."""

    clock: VirtualClock
    client_id: str
    grants: Grants = attrs.field(factory=Grants)
    seen: list[TokenSeen] = attrs.field(factory=list)
    behaviour: Behaviour = attrs.field(factory=lambda: Behaviour(access_token_lifetime_seconds=LIFE_SECONDS))
    answers: dict[int, str] = attrs.field(factory=dict)
    shown: dict[str, list[float]] = attrs.field(factory=dict)
    _kept: list[ProviderResponse] = attrs.field(factory=list)
    issued_at: dict[str, float] = attrs.field(factory=dict)
    is_shown: Callable[[Grant, str | None], None] = lambda _grant, _presented: None

    def consent(self, flow: AuthorizationFlow, challenge: str) -> tuple[Grant, str]:
        """The resource owner approves: a grant that nobody has yet, and its code."""
        scope = " ".join(flow.scopes)
        asked = AuthorizationRequest(self.client_id, flow.redirect_uri, scope, None, None, challenge)
        code = self.grants.make_code(asked, subject="alice", now=self._now())
        return self.grants.all[-1], code

    def thinks(self, of_reuse: OfReuse) -> None:
        """Of a refresh token that comes again."""
        self.behaviour = attrs.evolve(
            self.behaviour,
            forgives_repetition=of_reuse is OfReuse.FORGIVES,
            reuse_ends_grant=of_reuse is not OfReuse.REFUSES,
        )

    async def send(self, request: ProviderRequest) -> ProviderResponse:
        form = {name: value.reveal() for name, value in (request.form or {}).items()}
        seen = TokenSeen(
            grant_type=form.get("grant_type"),
            code_sha256=fingerprint(form.get("code")),
            refresh_token_sha256=fingerprint(form.get("refresh_token")),
        )
        self.seen.append(seen)
        grant = self.grants.concerned(form)
        if grant is not None:
            seen.grant_id = grant.grant_id
            if "refresh_token" in form:
                self.shown.setdefault(form["refresh_token"], []).append(self.clock.loop.time())
            self.is_shown(grant, form.get("refresh_token"))
        return self._remembered(form, self._answer(form, seen))

    def _answer(self, form: dict[str, str], seen: TokenSeen) -> ProviderResponse:
        try:
            issued = self._judged(form)
        except Refusal as refusal:
            seen.outcome, seen.wrong = refusal.error, refusal.wrong
            return _answer(400, {"error": refusal.error})
        seen.outcome, seen.effect, seen.issued_sha256 = "granted", True, fingerprint(issued.refresh_token)
        self.issued_at[issued.grant.grant_id] = self.clock.loop.time()
        return _answer(200, token_members(issued, self.behaviour, None))

    def _remembered(self, form: dict[str, str], response: ProviderResponse) -> ProviderResponse:
        """To which refresh token this answers; kept, so that no other answer has its identity."""
        if "refresh_token" in form:
            self.answers[id(response)] = form["refresh_token"]
            self._kept.append(response)
        return response

    def _judged(self, form: dict[str, str]) -> Issued:
        client = ProviderClient(self.client_id, redirect_uris=(), authentication="none")
        if form["grant_type"] == "authorization_code":
            return self.grants.redeem(client, form, self.behaviour, now=self._now())
        return self.grants.refresh(client, form, self.behaviour, now=self._now())

    def _now(self) -> float:
        return self.clock.now().timestamp()


def _answer(status: int, members: object) -> ProviderResponse:
    body = Secret(msgspec.json.encode(members).decode())
    return ProviderResponse(status=status, content_type="application/json", body=body)
