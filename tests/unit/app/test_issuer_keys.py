"""An issuer's keys as they come and go (C36, C61)."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from domain.errors import IdentityUnavailable, ProviderUnavailable, Unauthorized
from domain.ports import NothingSent
from tests.support.identities import ISSUER, World, a_world, an_issuer, nobody
from tests.support.jwts import Signer


@pytest.fixture
async def world() -> World:
    return await a_world()


async def test_an_issuers_keys_are_found_by_its_discovery_document() -> None:
    world = await a_world(an_issuer(jwks_uri=None))
    address = f"{ISSUER}/.well-known/openid-configuration"
    world.issuer.documents[address] = {"issuer": ISSUER, "jwks_uri": f"{ISSUER}/keys"}
    await world.bearer()
    assert world.issuer.asked == [address, f"{ISSUER}/keys"]


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        {"issuer": ISSUER},
        {"issuer": ISSUER + "/", "jwks_uri": f"{ISSUER}/keys"},
        {"issuer": ISSUER, "jwks_uri": "http://issuer.example/keys"},
    ],
)
async def test_a_discovery_document_of_another_is_none(document: Any) -> None:
    world = await a_world(an_issuer(jwks_uri=None))
    world.issuer.documents[f"{ISSUER}/.well-known/openid-configuration"] = document
    with pytest.raises(IdentityUnavailable):
        await world.bearer()


async def test_keys_are_kept_as_long_as_their_headers_say(world: World) -> None:
    world.issuer.max_age = 600
    for _ in range(3):
        await world.bearer()
    assert len(world.issuer.asked) == 1
    world.clock.time += timedelta(seconds=601)
    await world.bearer()
    assert len(world.issuer.asked) == 2


async def test_a_rotated_key_is_fetched_once_and_at_once(world: World) -> None:
    await world.bearer()
    new = Signer.make()
    world.issuer.keys = [new.jwk(kid="k2").members]
    world.clock.time += timedelta(seconds=11)
    await world.authenticate.bearer(new.sign(world.claims(), kid="k2"))
    await nobody(world)  # the old one is gone with its key
    assert len(world.issuer.asked) == 2


async def test_whoever_makes_key_ids_up_makes_no_requests(world: World) -> None:
    """C36: a flood of them is one request in ten seconds."""
    await world.bearer()
    for number in range(50):
        with pytest.raises(Unauthorized):
            await world.authenticate.bearer(world.signer.sign(world.claims(), kid=f"made-up-{number}"))
    assert len(world.issuer.asked) == 1
    world.clock.time += timedelta(seconds=11)
    for number in range(50):
        with pytest.raises(Unauthorized):
            await world.authenticate.bearer(world.signer.sign(world.claims(), kid=f"made-up-{number}"))
    assert len(world.issuer.asked) == 2


async def test_many_at_once_ask_once(world: World) -> None:
    found = await asyncio.gather(*(world.bearer() for _ in range(50)))
    assert len({principal.id for principal in found}) == 1
    assert len(world.issuer.asked) == 1


@pytest.mark.parametrize("failure", [ProviderUnavailable(), NothingSent("refused")])
async def test_where_the_issuer_does_not_answer_and_nothing_is_kept_nobody_can_tell(
    failure: Exception, world: World
) -> None:
    world.issuer.fails = failure
    for _ in range(5):
        with pytest.raises(IdentityUnavailable):
            await world.bearer()
    assert len(world.issuer.asked) == 1, "and it is not asked with each request"
    world.issuer.fails = None
    world.clock.time += timedelta(seconds=11)
    await world.bearer()


async def test_what_was_kept_goes_on_while_the_issuer_is_away_and_not_for_ever(world: World) -> None:
    world.issuer.max_age = 600
    await world.bearer()
    world.issuer.fails = ProviderUnavailable()
    world.clock.time += timedelta(hours=24)
    await world.bearer()
    await nobody(world, aud="another")
    world.clock.time += timedelta(minutes=11)
    with pytest.raises(IdentityUnavailable):
        await world.bearer()


@pytest.mark.parametrize("keys", [None, {}, "x", [{}] * 101])
async def test_what_is_no_set_of_keys_is_none(keys: Any, world: World) -> None:
    world.issuer.keys = keys
    with pytest.raises(IdentityUnavailable):
        await world.bearer()


async def test_without_a_key_id_the_only_key_is_meant_and_of_two_none(world: World) -> None:
    token = world.signer.sign(world.claims())
    await world.authenticate.bearer(token)
    world.issuer.keys.append(Signer.make().jwk(kid="k2").members)
    world.clock.time += timedelta(hours=2)
    token = world.signer.sign(world.claims())
    with pytest.raises(Unauthorized):
        await world.authenticate.bearer(token)


async def test_a_published_private_key_is_no_key(world: World) -> None:
    world.issuer.keys = [{**world.signer.key.as_dict(private=True), "kid": "k1"}, 7, "x"]
    await nobody(world)


async def test_a_foreign_keys_token_is_nobodys(world: World) -> None:
    with pytest.raises(Unauthorized):
        await world.authenticate.bearer(Signer.make().sign(world.claims(), kid="k1"))


async def test_without_issuers_no_token_is_taken() -> None:
    world = await a_world(an_issuer(issuer="https://another.example"))
    await nobody(world)
    assert world.issuer.asked == []


async def test_a_strangers_made_up_key_id_makes_nobody_wait_whose_key_is_known(world: World) -> None:
    await world.bearer()
    world.clock.time += timedelta(seconds=11)
    world.issuer.hangs = asyncio.Event()
    stranger = asyncio.create_task(world.authenticate.bearer(world.signer.sign(world.claims(), kid="made-up")))
    await world.issuer.hung.wait()
    async with asyncio.timeout(5):
        await world.bearer()
    world.issuer.hangs.set()
    with pytest.raises(Unauthorized):
        await stranger
