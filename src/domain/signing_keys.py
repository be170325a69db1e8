"""Keys by which an organisation signs its own JWTs: ``Authorization: JWT <token>`` (docs/reference/access.md).

The token: ``kid`` in its header is the key's id; ``iss`` is the organisation's id, ``sub`` whoever it is, ``aud`` our
public URL, ``exp`` at most an hour away, ``roles`` a list of an organisation's roles, ``only`` as an API key's.
"""

from datetime import datetime

import attrs

from domain.access import Principal
from domain.ids import OrganisationId, SigningKeyId
from domain.jwt import Algorithm, Claims, Jwk, principal_id, principal_name, read_only, read_roles, require_claims
from domain.narrowing import EVERYTHING

ALGORITHMS = (Algorithm.RS256, Algorithm.ES256, Algorithm.EDDSA)
LONGEST_SECONDS = 3600.0


@attrs.frozen(kw_only=True)
class SigningKey:
    """A registered public key, pinned to one algorithm."""

    id: SigningKeyId
    organisation_id: OrganisationId
    name: str
    algorithm: Algorithm
    jwk: Jwk
    created_at: datetime

    @property
    def updated_at(self) -> datetime:
        """A key stays as it was made."""
        return self.created_at


def principal_of(key: SigningKey, claims: Claims, *, audience: str, now: datetime) -> Principal:
    """The subject of claims whose signature is this key's. Raises Unauthorized."""
    organisation_id = key.organisation_id
    subject = require_claims(
        claims,
        issuer=organisation_id,
        audiences=frozenset({audience}),
        now=now,
        longest_seconds=LONGEST_SECONDS,
    )
    return Principal(
        id=principal_id(issuer=organisation_id, subject=subject, organisation_id=organisation_id),
        name=principal_name(subject),
        organisation_id=organisation_id,
        roles=read_roles(claims.get("roles")),
        only=read_only(claims["only"]) if "only" in claims else EVERYTHING,
    )
