"""What a test may change about the way one client is treated. The defaults are a correct provider's.

A new way to misbehave is a member here and one place that reads it. What goes wrong at the token endpoint alone is
marked as a fault: `token_faults_left` bounds how many requests meet it, so "fails once, then works" needs no timing.
"""

from typing import Any, Literal

import attrs

FAULT = {"fault": True}


@attrs.frozen
class RawAnswer:
    """A body sent as it stands; `charset` is how it is encoded, whatever `content_type` claims."""

    content_type: str
    text: str
    charset: str = "utf-8"


@attrs.frozen
class Behaviour:
    """One client's script.

    Attributes:
        iss: The authorisation response's `iss` (RFC 9207).
        promises_iss: Whether this client's metadata promises it.
        metadata: Members that replace those of this client's metadata; None removes one.
        deny: Answer `access_denied` without asking.
        authorization_error: Answer this error without asking.
        authorization_error_description: The description that goes with it.
        rotate: A refresh makes a new refresh token; a spent one ends the grant (RFC 9700 §4.14.2).
            Otherwise refreshes answer without one, and the first stays good.
        forgives_repetition: The refresh token that was spent last may come again while nobody has shown its successor:
            the same successor is answered, as providers do whose answers may be lost. Otherwise it ends the grant.
        reuse_ends_grant: A spent refresh token that comes again ends the grant. Otherwise it is refused, and no more.
        omit_refresh_token: No refresh token at all comes of a code.
        access_token_lifetime_seconds: How long the access token is good, and its `expires_in`.
        scope: What is granted instead of what was asked for.
        id_token_header: Members that replace those of the ID token's header.
        id_token_claims: Claims that replace those of the ID token; None removes one.
        id_token_on_refresh: A refresh answers with an ID token, too (OpenID Connect Core §12.2).
        revocation_ends_account: A revocation ends every grant of the same user and client, as Google's does.
        revocation_status: The status of the answer to a revocation, which then has no effect.
        revocation_retry_after: The seconds of the `Retry-After` that goes with it.
        revocation_error: The OAuth error (RFC 7009 §2.2.1) that goes with it.
        members: Members that replace those of the token answer, of any JSON type.
        without: Members left out of the token answer.
        form_encoded: The token answer is form-encoded.
        gzip: The token answer is compressed, whether or not that was accepted.
        huge: The token answer is longer than 2 MiB.
        token_error: Answer this OAuth error (RFC 6749 §5.2).
        token_status: The status of the answer, alone or together with another fault.
        token_headers: Headers added to a fault's answer.
        token_body: Answer this instead.
        token_redirect: Redirect (302, or `token_status`) to the canary.
        effect_despite_fault: The grant is used and made although a fault is answered: the lost answer of a 5xx.
        hold_before_effect: Wait for a release, then judge the grant.
        hold_token: Judge the grant, then wait for a release before answering.
        drop_token_connection: Reset the connection instead of answering, before or after the effect.
        token_faults_left: After so many requests the marked faults are over; None is never.
    """

    iss: Literal["right", "wrong", "absent", "twice"] = "right"
    promises_iss: bool = True
    metadata: dict[str, Any] = attrs.field(factory=dict)
    deny: bool = False
    authorization_error: str | None = None
    authorization_error_description: str | None = None

    rotate: bool = True
    forgives_repetition: bool = False
    reuse_ends_grant: bool = True
    omit_refresh_token: bool = False
    access_token_lifetime_seconds: int = 3600
    scope: str | None = None

    id_token_header: dict[str, Any] = attrs.field(factory=dict)
    id_token_claims: dict[str, Any] = attrs.field(factory=dict)
    id_token_on_refresh: bool = False

    revocation_ends_account: bool = False
    revocation_status: int | None = None
    revocation_retry_after: int = 1
    revocation_error: str | None = None

    members: dict[str, Any] = attrs.field(factory=dict, metadata=FAULT)
    without: tuple[str, ...] = attrs.field(default=(), metadata=FAULT)
    form_encoded: bool = attrs.field(default=False, metadata=FAULT)
    gzip: bool = attrs.field(default=False, metadata=FAULT)
    huge: bool = attrs.field(default=False, metadata=FAULT)
    token_error: str | None = attrs.field(default=None, metadata=FAULT)
    token_status: int | None = attrs.field(default=None, metadata=FAULT)
    token_headers: dict[str, str] = attrs.field(factory=dict, metadata=FAULT)
    token_body: RawAnswer | None = attrs.field(default=None, metadata=FAULT)
    token_redirect: bool = attrs.field(default=False, metadata=FAULT)
    effect_despite_fault: bool = attrs.field(default=False, metadata=FAULT)
    hold_before_effect: bool = attrs.field(default=False, metadata=FAULT)
    hold_token: bool = attrs.field(default=False, metadata=FAULT)
    drop_token_connection: Literal["before", "after"] | None = attrs.field(default=None, metadata=FAULT)
    token_faults_left: int | None = attrs.field(default=None, metadata=FAULT)

    def after_a_token_request(self) -> "Behaviour":
        """What the next token request meets."""
        if self.token_faults_left is None:
            return self
        if self.token_faults_left > 1:
            return attrs.evolve(self, token_faults_left=self.token_faults_left - 1)
        well = Behaviour()
        faults = [field.name for field in attrs.fields(Behaviour) if field.metadata.get("fault")]
        changes: dict[str, Any] = {name: getattr(well, name) for name in faults}
        return attrs.evolve(self, **changes)
