"""What the provider saw and what is true: the values a test asserts on.

Every request to an endpoint of the protocol has one record; a refused one says in one word what was wrong, so each
counter is a count of words. The grants are the truth that a history checker compares with.
"""

import hashlib
from collections.abc import Iterable

import attrs

from tests.support.provider.grants import Grant
from tests.support.provider.refusal import Wrong


def fingerprint(secret: str | None) -> str | None:
    """A code's or token's SHA-256, in hexadecimal."""
    return None if secret is None else hashlib.sha256(secret.encode()).hexdigest()


@attrs.define
class AuthorizationSeen:
    """A request to the authorisation endpoint."""

    client_id: str | None = None
    parameters: dict[str, str] = attrs.field(factory=dict)
    wrong: Wrong | None = None


@attrs.define
class TokenSeen:
    """A request to the token endpoint, filled in as it goes through its judgement.

    Attributes:
        authentication: The method used, right or not.
        outcome: `granted`; the OAuth error; `fault` where the script replaced the answer; `dropped`; until then `open`.
        effect: Whether a grant was used and tokens were made.
        issued_sha256: Of the refresh token that was made, or made again, for it; whether it arrived is another thing.
    """

    grant_type: str | None = None
    client_id: str | None = None
    authentication: str | None = None
    accept: str | None = None
    request_id: str | None = None
    grant_id: str | None = None
    code_sha256: str | None = None
    refresh_token_sha256: str | None = None
    wrong: Wrong | None = None
    outcome: str = "open"
    effect: bool = False
    issued_sha256: str | None = None


@attrs.define
class RevocationSeen:
    """A request to the revocation endpoint; `effect` says that it was answered with a 200."""

    client_id: str | None = None
    token_sha256: str | None = None
    wrong: Wrong | None = None
    effect: bool = False


@attrs.frozen
class GrantTruth:
    """What a grant has come to. The tokens are the newest, whether or not anybody received them."""

    grant_id: str
    client_id: str
    subject: str
    scope: str
    revoked: bool
    refresh_token: str | None = attrs.field(repr=False)
    refresh_token_sha256: str | None
    access_token: str | None = attrs.field(repr=False)
    most_token_requests_in_flight: int

    @classmethod
    def of(cls, grant: Grant) -> "GrantTruth":
        return cls(
            grant_id=grant.grant_id,
            client_id=grant.asked.client_id,
            subject=grant.subject,
            scope=grant.scope,
            revoked=grant.revoked,
            refresh_token=grant.refresh_token,
            refresh_token_sha256=fingerprint(grant.refresh_token),
            access_token=grant.access_token,
            most_token_requests_in_flight=grant.most_token_requests_in_flight,
        )


@attrs.frozen
class Ledger:
    """All that happened, in order; or what concerns one client."""

    authorization_requests: tuple[AuthorizationSeen, ...]
    token_requests: tuple[TokenSeen, ...]
    revocation_requests: tuple[RevocationSeen, ...]
    canary_hits: int
    grants: tuple[GrantTruth, ...]

    def presentations(self, refresh_token: str) -> list[TokenSeen]:
        """Each time that this refresh token was shown, in order."""
        shown = fingerprint(refresh_token)
        return [seen for seen in self.token_requests if shown is not None and seen.refresh_token_sha256 == shown]

    def count(self, wrong: Wrong) -> int:
        """How many requests had this wrong with them."""
        wrongs = [
            *(seen.wrong for seen in self.authorization_requests),
            *(seen.wrong for seen in self.token_requests),
            *(seen.wrong for seen in self.revocation_requests),
        ]
        return wrongs.count(wrong)


@attrs.define
class Records:
    """The ledger as it is being written."""

    authorization_requests: list[AuthorizationSeen] = attrs.field(factory=list)
    token_requests: list[TokenSeen] = attrs.field(factory=list)
    revocation_requests: list[RevocationSeen] = attrs.field(factory=list)
    canary_hits: list[str] = attrs.field(factory=list)

    def ledger(self, grants: Iterable[Grant], client_id: str | None) -> Ledger:
        """The ledger of one client, or of all."""

        def concerns(seen: str | None) -> bool:
            return client_id is None or seen == client_id

        return Ledger(
            authorization_requests=tuple(r for r in self.authorization_requests if concerns(r.client_id)),
            token_requests=tuple(r for r in self.token_requests if concerns(r.client_id)),
            revocation_requests=tuple(r for r in self.revocation_requests if concerns(r.client_id)),
            canary_hits=sum(concerns(hit) for hit in self.canary_hits),
            grants=tuple(GrantTruth.of(grant) for grant in grants if concerns(grant.asked.client_id)),
        )
