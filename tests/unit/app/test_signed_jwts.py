"""Tokens that an organisation signs by a key of its own; and what is no token, beside them."""

from typing import Any

import attrs
import pytest

from domain.access import Organisation, Role
from domain.errors import Unauthorized
from domain.ids import AppId, OrganisationId, SigningKeyId
from domain.narrowing import Narrowing
from domain.secret import Secret
from tests.support.domain_examples import LONG_AGO, an_api_key, an_id
from tests.support.identities import ACME, APP, ISSUER, US, World, a_world


@pytest.fixture
async def world() -> World:
    return await a_world()


async def test_an_organisations_own_token_is_its_subject(world: World) -> None:
    found = await world.jwt(roles=["viewer", "connector"], only={"appIds": [APP]})
    assert (found.organisation_id, found.roles) == (ACME, frozenset({Role.VIEWER, Role.CONNECTOR}))
    assert found.only == Narrowing(app_ids=frozenset({AppId(APP)}))
    assert found.id == (await world.jwt()).id


OWN_WRONG: list[dict[str, Any]] = [
    {"iss": "other"},
    {"iss": "nowhere"},
    {"iss": ISSUER},
    {"iss": "../acme"},
    {"aud": "switchboard"},
    {"aud": US + "/"},
    {"sub": None},
    {"exp": None},
    {"exp": 2_000_000_000},
    {"roles": None},
    {"roles": []},
    {"roles": "viewer"},
    {"roles": ["viewer", "admin"]},
    {"roles": ["platform-admin"]},
    {"roles": ["viewer", 7]},
    {"only": []},
    {"only": {"apps": []}},
    {"only": {"appIds": ["x"]}},
    {"kid": "x"},
    {"kid": APP},
]


@pytest.mark.parametrize("claims", OWN_WRONG, ids=str)
async def test_an_organisations_own_token_that_is_wrong_is_nobodys(claims: dict[str, Any], world: World) -> None:
    with pytest.raises(Unauthorized):
        await world.jwt(**claims)


async def test_an_organisations_own_token_lives_an_hour_at_most(world: World) -> None:
    await world.jwt(exp=world.clock.seconds(3600))
    with pytest.raises(Unauthorized):
        await world.jwt(exp=world.clock.seconds(3661))


async def test_null_narrows_nothing_and_is_refused_for_it(world: World) -> None:
    token = world.signer.sign(world.signed_claims() | {"only": None}, kid=world.signing_key.id)
    with pytest.raises(Unauthorized):
        await world.authenticate.jwt(token)


async def test_each_scheme_has_its_own_keys(world: World) -> None:
    """An issuer's token is no organisation's, nor the other way round."""
    with pytest.raises(Unauthorized):
        await world.authenticate.jwt(world.signer.sign(world.claims(), kid="k1"))
    with pytest.raises(Unauthorized):
        await world.authenticate.bearer(world.signer.sign(world.signed_claims(), kid=world.signing_key.id))


async def test_another_organisations_key_signs_nothing_of_acmes(world: World) -> None:
    store = world.authenticate.by_signing_key.signing_keys
    theirs = attrs.evolve(world.signing_key, id=an_id(SigningKeyId), organisation_id=OrganisationId("other"))
    await store.add(theirs)
    with pytest.raises(Unauthorized):
        await world.jwt(kid=theirs.id)
    assert (await world.jwt(kid=theirs.id, iss="other")).organisation_id == "other"


async def test_the_bootstrap_key_may_have_dots(world: World) -> None:
    found = await world.authenticate.bearer(Secret("a.b.c-and-some-more-of-32-characters"))
    assert found.roles == {Role.PLATFORM_ADMIN}


async def test_an_api_key_is_found_beside_all_that(world: World) -> None:
    key = an_api_key(Organisation(id=ACME, name="acme", created_at=LONG_AGO), fingerprint=Secret("sb_x").fingerprint())
    await world.authenticate.api_keys.add(key)
    assert (await world.authenticate.bearer(Secret("sb_x"))).id == key.id
