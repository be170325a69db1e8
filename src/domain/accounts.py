"""The account at a provider that a grant is of, as its token endpoint told of it.

Rules:
- An account is known by what the provider never changes: ``iss`` and ``sub``, a team, a realm, an instance. Never by an
  e-mail address, which may be somebody else's tomorrow (CVE-2023-3128).
- What is not known equals nothing. Two are the same where they have a member in common and differ in none of those.
"""

import json
from collections.abc import Mapping
from typing import Self

import attrs

from domain.secret import Secret

ACCOUNT_MISMATCH = "account_mismatch"
"""Why nothing is issued of a grant whose account is another than it was."""

_OF_A_USER = ("iss", "sub")


@attrs.frozen
class Account:
    """What a provider said of an account.

    Attributes:
        members: Its identifiers by their names in the answer; empty where the provider told none.
        refused: Why nothing may be issued of the grant that this came with, as a snake_case word; None where all is
            well.

    """

    members: Mapping[str, str] = attrs.field(factory=dict)
    refused: str | None = None

    @property
    def is_known(self) -> bool:
        return bool(self.members)

    @property
    def identity(self) -> str | None:
        """What is equal for one account at one provider: of the user where there is one; None where none is known."""
        told = self.members if any(name not in self.members for name in _OF_A_USER) else _of_a_user(self.members)
        return json.dumps(dict(told), sort_keys=True) if told else None

    def is_same_as(self, other: "Account") -> bool:
        """Whether both are known to be one."""
        common = self.members.keys() & other.members.keys()
        return bool(common) and all(self.members[name] == other.members[name] for name in common)

    def may_be(self, other: "Account") -> bool:
        """Whether both may be one: they are, or either is not known."""
        return None in {self.identity, other.identity} or self.identity == other.identity

    def may_be_followed_by(self, other: "Account") -> bool:
        """Whether a grant of the other may take the place of one of this: the same; any, where this is not known."""
        return not self.is_known or self.is_same_as(other)

    def renewed_by(self, newer: "Account") -> "Account":
        """This account after a refresh that told of ``newer``: refused where issuer or subject are others.

        OpenID Connect Core §12.2. A refresh that tells nothing changes nothing.
        """
        before, after = _of_a_user(self.members), _of_a_user(newer.members)
        changed = any(before[name] != after[name] for name in before.keys() & after.keys())
        refused = self.refused or newer.refused or (ACCOUNT_MISMATCH if changed else None)
        return attrs.evolve(self, refused=refused)

    def to_document(self) -> Mapping[str, Secret]:
        """As it is stored beside its grant."""
        members = {"account": Secret(json.dumps(dict(self.members), sort_keys=True))} if self.members else {}
        return members | ({} if self.refused is None else {"refused": Secret(self.refused)})

    @classmethod
    def from_document(cls, document: Mapping[str, Secret]) -> Self:
        """What ``to_document`` stored. Raises ValueError for what somebody else wrote."""
        members = json.loads(document["account"].reveal()) if "account" in document else {}
        if not isinstance(members, dict) or not all(isinstance(value, str) for value in members.values()):
            raise ValueError("an account's members are strings")
        return cls(members, document["refused"].reveal() if "refused" in document else None)


def _of_a_user(members: Mapping[str, str]) -> Mapping[str, str]:
    return {name: members[name] for name in _OF_A_USER if name in members}
