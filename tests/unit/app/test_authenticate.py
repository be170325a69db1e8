"""Whose token it is (C61): an issuer's claims, as the settings read them; all else is nobody, told alike."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.access import Principal, Role
from domain.errors import IdentityUnavailable, Unauthorized
from domain.ids import AppId
from domain.narrowing import EVERYTHING, Narrowing
from tests.support.identities import ACME, APP, World, a_world, an_issuer, nobody
from tests.support.jwts import Signer, segment


@pytest.fixture
async def world() -> World:
    return await a_world()


async def test_an_issuers_token_is_its_subject_in_the_organisation_and_roles_it_claims(world: World) -> None:
    found = await world.bearer()
    assert (found.organisation_id, found.roles, found.only, found.name) == (
        ACME,
        frozenset({Role.ISSUER}),
        EVERYTHING,
        "ann",
    )


async def test_a_subject_is_the_same_with_every_token_and_another_anywhere_else(world: World) -> None:
    found = await world.bearer()
    world.clock.time += timedelta(minutes=4)
    assert (await world.bearer(jti="another", groups=["viewer"])).id == found.id
    others = [await world.bearer(sub="bob"), await world.bearer(org="other"), await world.jwt()]
    assert len({found.id, *(other.id for other in others)}) == 4


WRONG: list[dict[str, Any]] = [
    {"aud": "another"},
    {"aud": None},
    {"aud": []},
    {"aud": ["another"]},
    {"aud": {"switchboard": 1}},
    {"aud": ["switchboard", 7]},
    {"iss": "https://issuer.example/"},
    {"iss": "https://mallory.example"},
    {"iss": None},
    {"sub": None},
    {"sub": ""},
    {"sub": 7},
    {"exp": None},
    {"exp": "2000000000"},
    {"exp": True},
    {"exp": 0},
    {"exp": -1e400},
    {"exp": 10**400},
    {"org": None},
    {"org": "nowhere"},
    {"org": "../acme"},
    {"org": ["acme"]},
    {"groups": None},
    {"groups": {"issuer": 1}},
    {"groups": 7},
]


@pytest.mark.parametrize("claims", WRONG, ids=str)
async def test_claims_that_are_wrong_are_nobodys(claims: dict[str, Any], world: World) -> None:
    await nobody(world, **claims)


@pytest.mark.parametrize("claims", [{"aud": ["x", "switchboard"]}, {"groups": "issuer staff"}, {"exp": 1.9e9}])
async def test_claims_come_in_more_than_one_form(claims: dict[str, Any], world: World) -> None:
    assert (await world.bearer(**claims)).roles == {Role.ISSUER}


@pytest.mark.parametrize(("claim", "wrong", "right"), [("exp", 0, 1), ("nbf", 62, 59), ("iat", 62, 59)])
async def test_times_count_to_the_second(claim: str, wrong: int, right: int, world: World) -> None:
    await nobody(world, **{claim: world.clock.seconds(wrong)})
    await world.bearer(**{claim: world.clock.seconds(right)})


async def test_words_that_are_no_roles_of_ours_give_none(world: World) -> None:
    assert (await world.bearer(groups=["platform-admin", "staff", 7])).roles == frozenset()


async def test_words_of_the_issuers_own_are_named() -> None:
    world = await a_world(an_issuer(role_names={"staff": "viewer", "boss": "owner"}))
    assert (await world.bearer(groups=["staff", "owner"])).roles == {Role.VIEWER}


async def test_a_claim_inside_of_another_is_found_and_required_claims_are_required() -> None:
    """A Kubernetes service account's token, as its API server makes it."""
    world = await a_world(
        an_issuer(
            organisation_claim=None,
            organisation="acme",
            roles_claim=None,
            roles=["issuer"],
            required_claims=[
                {"claim": ["kubernetes.io", "namespace"], "value": "prod"},
                {"claim": "sub", "value": ["system:serviceaccount:prod:a", "system:serviceaccount:prod:b"]},
            ],
        )
    )
    account = {"namespace": "prod", "serviceaccount": {"name": "a", "uid": "1"}, "pod": {"name": "p"}}
    right: dict[str, Any] = {"sub": "system:serviceaccount:prod:a", "kubernetes.io": account, "org": None}
    found = await world.bearer(**right)
    assert (found.organisation_id, found.roles) == (ACME, frozenset({Role.ISSUER}))
    await nobody(world, **right | {"sub": "system:serviceaccount:prod:c"})
    await nobody(world, **right | {"kubernetes.io": account | {"namespace": "dev"}})
    await nobody(world, **right | {"kubernetes.io": "prod"})
    await nobody(world, **right | {"kubernetes.io": None})


async def test_a_claim_narrows_where_the_settings_say_which() -> None:
    world = await a_world(an_issuer(only_claim=["switchboard", "only"]))
    found = await world.bearer(switchboard={"only": {"appIds": [APP], "endUserIds": []}})
    assert found.only == Narrowing(app_ids=frozenset({AppId(APP)}), end_user_ids=frozenset())
    assert (await world.bearer(switchboard={"only": {}})).only == EVERYTHING
    refused: list[Any] = [
        None,
        [],
        "x",
        {"apps": []},
        {"appIds": "x"},
        {"appIds": ["x"]},
        {"appIds": None},
        {"endUserIds": 7},
    ]
    for only in refused:
        await nobody(world, switchboard={"only": only})
    await nobody(world)


async def test_an_algorithm_that_the_settings_do_not_name_is_nobodys(world: World) -> None:
    signer = Signer.make("RS256")
    world.issuer.keys.append(signer.jwk(kid="rsa").members)
    with pytest.raises(Unauthorized):
        await world.authenticate.bearer(signer.sign(world.claims(), kid="rsa"))
    assert world.issuer.asked == []


claims = st.dictionaries(
    st.sampled_from(["iss", "sub", "aud", "exp", "nbf", "iat", "org", "groups", "roles", "only"]),
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.text() | st.integers()),
)


@given(
    claims, st.dictionaries(st.sampled_from(["kid", "alg", "crit", "jwk"]), st.text() | st.integers()), st.booleans()
)
@settings(max_examples=200)
async def test_out_of_any_claims_comes_a_principal_or_a_refusal(
    changes: dict[str, Any], header: dict[str, Any], own: bool
) -> None:
    world = await a_world()
    base = world.signed_claims() if own else world.claims()
    right = {"alg": "ES256", "kid": world.signing_key.id if own else "k1"}
    token = world.signer.sign_parts(segment(right | header), segment(base | changes))
    try:
        found = await (world.authenticate.jwt(token) if own else world.authenticate.bearer(token))
    except (Unauthorized, IdentityUnavailable):
        return
    assert isinstance(found, Principal)
    assert Role.PLATFORM_ADMIN not in found.roles
    assert found.organisation_id is not None
