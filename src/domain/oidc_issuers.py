"""Whose JWTs are taken as a Bearer, and what their claims mean: an operator's word, as ``SWITCHBOARD_OIDC_ISSUERS``.

An issuer is an object: ``issuer``, ``audience`` (a string or several) and ``algorithms`` are required; ``jwks_uri``
(else its discovery document says); ``organisation`` or ``organisation_claim``; ``roles`` or ``roles_claim``, with
``role_names`` where the claim's words are not ours; ``only_claim``; ``required_claims``. A claim is named by a string,
or by a list of strings where it is inside of another. Nothing is passed over: a misspelt member is an error.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

import attrs

from domain.access import Principal, Role
from domain.errors import Unauthorized
from domain.ids import OrganisationId
from domain.jwt import Algorithm, Claims, principal_id, principal_name, read_only, require_claims
from domain.narrowing import EVERYTHING
from domain.urls import issuer_problem

ClaimPath = tuple[str, ...]

_REQUIRED = {"issuer", "audience", "algorithms"}
_OPTIONAL = {
    "jwks_uri",
    "organisation",
    "organisation_claim",
    "roles",
    "roles_claim",
    "role_names",
    "only_claim",
    "required_claims",
}


@attrs.frozen(kw_only=True)
class OidcIssuer:
    """An issuer that is believed.

    Attributes:
        jwks_uri: Where its keys are; None: where its discovery document says.
        organisation: The one that all its tokens are of, or the claim that names it.
        roles: Those that all its tokens have, or the claim that names them.
        role_names: What the claim's words are in ours; words that are not there give no role.
        only: The claim that narrows, which each token has to have; None: nothing does.
        required: What has to be claimed: one of these values, of each.

    """

    issuer: str
    audiences: frozenset[str]
    algorithms: frozenset[Algorithm]
    jwks_uri: str | None
    organisation: OrganisationId | ClaimPath
    roles: frozenset[Role] | ClaimPath
    role_names: Mapping[str, Role]
    only: ClaimPath | None
    required: Mapping[ClaimPath, frozenset[str]]

    def principal_of(self, claims: Claims, *, now: datetime) -> Principal:
        """The subject of claims whose signature is this issuer's. Raises Unauthorized."""
        subject = require_claims(claims, issuer=self.issuer, audiences=self.audiences, now=now)
        for path, values in self.required.items():
            value = _claim(claims, path)
            if not isinstance(value, str) or value not in values:
                raise Unauthorized
        organisation_id = self._organisation(claims)
        return Principal(
            id=principal_id(issuer=self.issuer, subject=subject, organisation_id=organisation_id),
            name=principal_name(subject),
            organisation_id=organisation_id,
            roles=self._roles(claims),
            only=EVERYTHING if self.only is None else read_only(_claim(claims, self.only)),
        )

    def _organisation(self, claims: Claims) -> OrganisationId:
        if isinstance(self.organisation, OrganisationId):
            return self.organisation
        value = _claim(claims, self.organisation)
        try:
            return OrganisationId(value if isinstance(value, str) else "")
        except ValueError:
            raise Unauthorized from None

    def _roles(self, claims: Claims) -> frozenset[Role]:
        if isinstance(self.roles, frozenset):
            return self.roles
        value = _claim(claims, self.roles)
        words = value.split() if isinstance(value, str) else value
        if not isinstance(words, list):
            raise Unauthorized
        return frozenset(self.role_names[word] for word in words if isinstance(word, str) and word in self.role_names)


class IssuerProblem(ValueError):
    """What is wrong with an issuer's configuration; it quotes member names alone."""


def read_issuers(members: object) -> tuple[OidcIssuer, ...]:
    """The issuers of a list. Raises IssuerProblem."""
    if not isinstance(members, list):
        raise IssuerProblem("is a list of issuers")
    issuers = tuple(_read(item, f"[{index}]") for index, item in enumerate(members))
    if len({issuer.issuer for issuer in issuers}) != len(issuers):
        raise IssuerProblem("names an issuer twice")
    return issuers


def _read(members: object, where: str) -> OidcIssuer:
    if not isinstance(members, dict):
        raise IssuerProblem(f"{where} is an object")
    missing = sorted(_REQUIRED - members.keys())
    if missing or (unknown := sorted(members.keys() - _REQUIRED - _OPTIONAL)):
        raise IssuerProblem(f"{where} has no {missing[0]}" if missing else f"{where}: no such member: {unknown[0]}")
    issuer = _address(members["issuer"], f"{where}.issuer")
    jwks_uri = members.get("jwks_uri")
    audiences = _strings(members["audience"], f"{where}.audience")
    return OidcIssuer(
        issuer=issuer,
        audiences=frozenset(audiences),
        algorithms=_algorithms(members["algorithms"], f"{where}.algorithms"),
        jwks_uri=None if jwks_uri is None else _address(jwks_uri, f"{where}.jwks_uri"),
        organisation=_organisation(members, where),
        roles=_roles(members, where),
        role_names=_role_names(members.get("role_names"), f"{where}.role_names"),
        only=None if "only_claim" not in members else _path(members["only_claim"], f"{where}.only_claim"),
        required=_required_claims(members.get("required_claims", []), f"{where}.required_claims"),
    )


def _organisation(members: Mapping[str, object], where: str) -> OrganisationId | ClaimPath:
    if ("organisation" in members) is ("organisation_claim" in members):
        raise IssuerProblem(f"{where} has either organisation or organisation_claim")
    if "organisation" not in members:
        return _path(members["organisation_claim"], f"{where}.organisation_claim")
    try:
        return OrganisationId(str(members["organisation"]))
    except ValueError:
        raise IssuerProblem(f"{where}.organisation is no organisation's identifier") from None


def _roles(members: Mapping[str, object], where: str) -> frozenset[Role] | ClaimPath:
    if ("roles" in members) is ("roles_claim" in members):
        raise IssuerProblem(f"{where} has either roles or roles_claim")
    if "roles" not in members:
        return _path(members["roles_claim"], f"{where}.roles_claim")
    return frozenset(_role(word, f"{where}.roles") for word in _strings(members["roles"], f"{where}.roles"))


def _role_names(value: object, where: str) -> Mapping[str, Role]:
    if value is None:
        return {role: role for role in Role if role is not Role.PLATFORM_ADMIN}
    if not isinstance(value, dict) or not value:
        raise IssuerProblem(f"{where} is an object of the claim's words and our roles")
    return {str(word): _role(role, where) for word, role in value.items()}


def _role(word: object, where: str) -> Role:
    # Who stands in no organisation is not let in by somebody else's word.
    if word not in set(Role) or word == Role.PLATFORM_ADMIN:
        raise IssuerProblem(f"{where} names an organisation's roles")
    return Role(str(word))


def _algorithms(value: object, where: str) -> frozenset[Algorithm]:
    words = _strings(value, where)
    if not set(words) <= set(Algorithm):
        raise IssuerProblem(f"{where} are out of {', '.join(Algorithm)}")
    return frozenset(map(Algorithm, words))


def _required_claims(value: object, where: str) -> Mapping[ClaimPath, frozenset[str]]:
    if not isinstance(value, list):
        raise IssuerProblem(f"{where} is a list of objects with claim and value")
    required: dict[ClaimPath, frozenset[str]] = {}
    for item in value:
        if not isinstance(item, dict) or item.keys() != {"claim", "value"}:
            raise IssuerProblem(f"{where} is a list of objects with claim and value")
        required[_path(item["claim"], f"{where}.claim")] = frozenset(_strings(item["value"], f"{where}.value"))
    return required


def _path(value: object, where: str) -> ClaimPath:
    return tuple(_strings(value, where))


def _strings(value: object, where: str) -> Sequence[str]:
    """One string or several, none of them empty."""
    words = [value] if isinstance(value, str) else value
    if not isinstance(words, list) or not words or not all(isinstance(word, str) and word for word in words):
        raise IssuerProblem(f"{where} is a string or a list of them")
    return words


def _address(value: object, where: str) -> str:
    if not isinstance(value, str):
        raise IssuerProblem(f"{where} is a string")
    if problem := issuer_problem(value):
        raise IssuerProblem(f"{where} {problem}")
    return value


def _claim(claims: Claims, path: ClaimPath) -> object:
    """The claim at this path; None where there is none."""
    value: object = claims
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value
