"""Codes, tokens and the grants they belong to: every rule about using something twice is in this file.

A grant is the family of all that came of one consent. Nothing here waits; `now` is in seconds.
"""

import base64
import hashlib
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import attrs

from tests.support.provider.authorization import AuthorizationRequest
from tests.support.provider.behaviour import Behaviour
from tests.support.provider.clients import ProviderClient
from tests.support.provider.forms import Parameters, required
from tests.support.provider.refusal import Refusal, invalid_grant

CODE_LIFETIME_SECONDS = 60

_CODE_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")


@attrs.define(eq=False)
class Grant:
    """One consent. `refresh_token` is the newest and came for `spent_last`; all spent ones are known by their reuse."""

    grant_id: str
    asked: AuthorizationRequest
    subject: str
    scope: str
    revoked: bool = False
    refresh_token: str | None = attrs.field(default=None, repr=False)
    spent_last: str | None = attrs.field(default=None, repr=False)
    access_token: str | None = attrs.field(default=None, repr=False)
    token_requests_in_flight: int = 0
    most_token_requests_in_flight: int = 0

    @contextmanager
    def in_flight(self) -> Iterator[None]:
        """Count a token request for as long as it takes."""
        self.token_requests_in_flight += 1
        self.most_token_requests_in_flight = max(self.most_token_requests_in_flight, self.token_requests_in_flight)
        try:
            yield
        finally:
            self.token_requests_in_flight -= 1


@attrs.define(eq=False)
class Code:
    grant: Grant
    expires_at: float
    used: bool = False

    def redeem(self, form: Parameters, now: float) -> None:
        """Use the code up, also where what comes with it is wrong (RFC 6749 §4.1.3, RFC 7636 §4.6)."""
        if self.used:
            # RFC 6749 §4.1.2: a second use ends what the first one brought.
            self.grant.revoked = True
            raise invalid_grant("code_reused")
        self.used = True
        if now >= self.expires_at:
            raise invalid_grant("code_expired")
        if required(form, "redirect_uri") != self.grant.asked.redirect_uri:
            raise invalid_grant("redirect_uri")
        if not verifies(form.get("code_verifier"), self.grant.asked.code_challenge):
            raise invalid_grant("code_verifier")


@attrs.frozen
class Issued:
    """What a token request brought. `first` is the answer to a code."""

    grant: Grant
    access_token: str = attrs.field(repr=False)
    lifetime_seconds: int
    refresh_token: str | None = attrs.field(repr=False)
    first: bool


@attrs.define
class Grants:
    all: list[Grant] = attrs.field(factory=list)
    _codes: dict[str, Code] = attrs.field(factory=dict)
    _refresh_tokens: dict[str, Grant] = attrs.field(factory=dict)
    _access_tokens: dict[str, tuple[Grant, float]] = attrs.field(factory=dict)

    def make_code(self, asked: AuthorizationRequest, *, subject: str, now: float) -> str:
        """Open a grant and give the code for it."""
        grant = Grant(secrets.token_hex(8), asked, subject, asked.scope)
        self.all.append(grant)
        code = secrets.token_urlsafe(32)
        self._codes[code] = Code(grant, expires_at=now + CODE_LIFETIME_SECONDS)
        return code

    def concerned(self, form: Parameters) -> Grant | None:
        """The grant that a token request is about, if any."""
        if "code" in form and form["code"] in self._codes:
            return self._codes[form["code"]].grant
        return self._refresh_tokens.get(form.get("refresh_token", ""))

    def redeem(self, client: ProviderClient, form: Parameters, behaviour: Behaviour, *, now: float) -> Issued:
        """RFC 6749 §4.1.3. A stranger's attempt uses nothing up."""
        code = self._codes.get(required(form, "code"))
        if code is None:
            raise invalid_grant("code_unknown")
        if code.grant.asked.client_id != client.client_id:
            raise invalid_grant("code_of_another_client")
        code.redeem(form, now)
        if behaviour.scope is not None:
            code.grant.scope = behaviour.scope
        return self._issue(code.grant, behaviour, now, first=True)

    def refresh(self, client: ProviderClient, form: Parameters, behaviour: Behaviour, *, now: float) -> Issued:
        """RFC 6749 §6; a rotated token that comes again ends its grant (RFC 9700 §4.14.2)."""
        presented = required(form, "refresh_token")
        grant = self._refresh_tokens.get(presented)
        if grant is None:
            raise invalid_grant("refresh_token_unknown")
        if grant.asked.client_id != client.client_id:
            raise invalid_grant("refresh_token_of_another_client")
        if presented == grant.spent_last and behaviour.forgives_repetition and not grant.revoked:
            return self._issue_again(grant, behaviour, now)
        if presented != grant.refresh_token:
            grant.revoked = grant.revoked or behaviour.reuse_ends_grant
            raise invalid_grant("refresh_token_reused")
        if grant.revoked:
            raise invalid_grant("grant_revoked")
        if not set(form.get("scope", grant.scope).split(" ")) <= set(grant.scope.split(" ")):
            raise Refusal("invalid_scope", "scope")
        return self._issue(grant, behaviour, now, first=False)

    def grant_to_client(self, client: ProviderClient, form: Parameters, behaviour: Behaviour, *, now: float) -> Issued:
        """RFC 6749 §4.4: without a refresh token (§4.4.3)."""
        grant = self._direct(client, form, subject=client.client_id)
        return self._issue(grant, attrs.evolve(behaviour, omit_refresh_token=True), now, first=True)

    def grant_for_password(
        self, client: ProviderClient, form: Parameters, behaviour: Behaviour, *, now: float
    ) -> Issued:
        """RFC 6749 §4.3."""
        username, password = required(form, "username"), required(form, "password")
        if client.passwords.get(username) != password:
            raise invalid_grant("password")
        return self._issue(self._direct(client, form, subject=username), behaviour, now, first=True)

    def _direct(self, client: ProviderClient, form: Parameters, *, subject: str) -> Grant:
        if not client.direct_grants:
            raise Refusal("unauthorized_client", "grant_type")
        scope = form.get("scope", " ".join(client.scopes))
        if not set(scope.split(" ")) <= set(client.scopes):
            raise Refusal("invalid_scope", "scope")
        asked = AuthorizationRequest(client.client_id, "", scope, None, None, None)
        self.all.append(grant := Grant(secrets.token_hex(8), asked, subject, scope))
        return grant

    def revoke(self, client: ProviderClient, token: str, *, whole_account: bool = False) -> None:
        """RFC 7009 §2.1: a refresh token ends its grant, an access token itself; an unknown one is no error (§2.2)."""
        held = self._access_tokens.get(token)
        grant = self._refresh_tokens.get(token) or (held[0] if held is not None else None)
        if grant is None:
            return
        if grant.asked.client_id != client.client_id:
            raise invalid_grant("token_of_another_client")
        self._access_tokens.pop(token, None)
        grant.revoked = grant.revoked or held is None
        for other in self.all if whole_account else ():
            same = other.asked.client_id == client.client_id and other.subject == grant.subject
            other.revoked = other.revoked or same

    def behind(self, access_token: str, *, now: float) -> Grant | None:
        """The live grant that an access token stands for."""
        grant, expires_at = self._access_tokens.get(access_token, (None, 0.0))
        return grant if grant is not None and now < expires_at and not grant.revoked else None

    def _issue_again(self, grant: Grant, behaviour: Behaviour, now: float) -> Issued:
        """The successor that was issued already, with another access token."""
        issued = self._issue(grant, attrs.evolve(behaviour, rotate=False), now, first=False)
        return attrs.evolve(issued, refresh_token=grant.refresh_token)

    def _issue(self, grant: Grant, behaviour: Behaviour, now: float, *, first: bool) -> Issued:
        lifetime = behaviour.access_token_lifetime_seconds
        grant.access_token = secrets.token_urlsafe(32)
        self._access_tokens[grant.access_token] = (grant, now + lifetime)
        gives_refresh_token = not behaviour.omit_refresh_token if first else behaviour.rotate
        if gives_refresh_token:
            grant.spent_last = grant.refresh_token
            grant.refresh_token = secrets.token_urlsafe(32)
            self._refresh_tokens[grant.refresh_token] = grant
        return Issued(grant, grant.access_token, lifetime, grant.refresh_token if gives_refresh_token else None, first)


def verifies(code_verifier: str | None, code_challenge: str | None) -> bool:
    """RFC 7636 §4.6; a verifier without a challenge is a downgrade (RFC 9700 §4.8.2)."""
    if code_verifier is None or code_challenge is None:
        return code_verifier is None and code_challenge is None
    digest = base64.urlsafe_b64encode(hashlib.sha256(code_verifier.encode()).digest()).rstrip(b"=").decode()
    return _CODE_VERIFIER.fullmatch(code_verifier) is not None and secrets.compare_digest(digest, code_challenge)
