"""Issuing and refreshing tokens."""

import asyncio
import hashlib
from typing import Any

from tests.support.provider import RawAnswer
from tests.support.rests import rests_are_over
from tests.support.service import Service, Setting, answered, refused


async def test_a_fresh_token_is_issued_as_it_is(relay: Setting) -> None:
    connection = await relay.connection()
    token = answered(await relay.caller.token(connection))
    assert token["token_type"] == "Bearer"
    assert 3500 < token["expires_in"] <= 3600
    assert token["scope"] == "read offline_access"
    assert answered(await relay.caller.token(connection))["access_token"] == token["access_token"]
    assert await relay.refreshes() == 0


async def test_a_token_that_is_over_is_refreshed_first(relay: Setting) -> None:
    connection = await relay.connection(access_token_lifetime_seconds=0)
    token = answered(await relay.caller.token(connection, minimumValidity=0))
    assert token["expires_in"] > 3500
    assert await relay.refreshes() == 1
    read = answered(await relay.caller.get(f"connections/{connection}"))
    assert "lastRefreshedAt" in read


async def test_rotated_refresh_tokens_are_used_in_turn(relay: Setting) -> None:
    connection = await relay.connection(access_token_lifetime_seconds=0)
    await relay.script(access_token_lifetime_seconds=0)
    for _ in range(3):
        answered(await relay.caller.token(connection))
    ledger = await relay.provider.ledger(relay.client_id)
    assert await relay.refreshes() == 3
    assert ledger.count("refresh_token_reused") == 0


async def test_c39_an_answer_without_refresh_token_keeps_the_old_one(relay: Setting) -> None:
    connection = await relay.connection(access_token_lifetime_seconds=0, rotate=False)
    await relay.script(access_token_lifetime_seconds=0)
    for _ in range(2):
        answered(await relay.caller.token(connection))
    assert await relay.refreshes() == 2


async def test_c48_minimum_validity_above_the_tokens_life_refreshes_once_nine_tenths_are_over(relay: Setting) -> None:
    connection = await relay.connection()
    for _ in range(3):
        assert answered(await relay.caller.token(connection, minimumValidity=100_000))["expires_in"] <= 3600
    assert await relay.refreshes() == 0


async def test_minimum_validity_within_the_tokens_life_refreshes_when_less_is_left(relay: Setting) -> None:
    connection = await relay.connection(access_token_lifetime_seconds=100)
    await relay.script(access_token_lifetime_seconds=3600)
    answered(await relay.caller.token(connection, minimumValidity=50))
    assert await relay.refreshes() == 0
    assert answered(await relay.caller.token(connection, minimumValidity=99.999))["expires_in"] > 3500
    assert await relay.refreshes() == 1


async def test_c40_of_many_callers_at_expiry_one_refreshes(relay: Setting) -> None:
    connection = await relay.connection(access_token_lifetime_seconds=0)
    answers = await asyncio.gather(*(relay.caller.token(connection) for _ in range(100)))
    assert len({answered(answer)["access_token"] for answer in answers}) == 1
    assert await relay.refreshes() == 1


async def test_a_rejected_token_is_replaced_by_one_refresh_however_many_report_it(relay: Setting) -> None:
    connection = await relay.connection()
    token = answered(await relay.caller.token(connection))["access_token"]
    rejected = hashlib.sha256(token.encode()).hexdigest()
    answers = await asyncio.gather(*(relay.caller.token(connection, rejected=rejected) for _ in range(20)))
    newer = {answered(answer)["access_token"] for answer in answers}
    assert len(newer) == 1
    assert token not in newer
    assert answered(await relay.caller.token(connection, rejected=rejected))["access_token"] in newer
    assert await relay.refreshes() == 1


async def test_a_provider_that_gives_the_rejected_token_again_needs_reauthorization(relay: Setting) -> None:
    connection = await relay.connection()
    token = answered(await relay.caller.token(connection))["access_token"]
    await relay.script(members={"access_token": token})
    rejected = hashlib.sha256(token.encode()).hexdigest()
    refused(await relay.caller.token(connection, rejected=rejected), 409, "needs_reauthorization")


async def test_a_token_too_long_to_be_kept_is_no_token(relay: Setting) -> None:
    connection = await relay.connection(access_token_lifetime_seconds=0)
    await relay.script(members={"access_token": "<" * 65_537}, token_faults_left=1)
    refused(await relay.caller.token(connection), 502, "provider_unavailable")


async def test_the_longest_tokens_are_kept(relay: Setting) -> None:
    longest = {"access_token": "<" * 65_536, "refresh_token": "<" * 65_536}
    connection = await relay.connection(members=longest)
    assert answered(await relay.caller.token(connection))["access_token"] == longest["access_token"]


async def test_c43_invalid_grant_means_that_the_user_must_connect_again(relay: Setting) -> None:
    connection = await relay.connection(access_token_lifetime_seconds=0)
    await relay.script(token_error="invalid_grant")
    for _ in range(2):
        refused(await relay.caller.token(connection), 409, "needs_reauthorization")
    assert await relay.refreshes() == 1
    read = answered(await relay.caller.get(f"connections/{connection}"))
    assert (read["status"], read["statusReason"]) == ("needs_reauthorization", "invalid_grant")


async def test_c44_a_passing_fault_keeps_the_connection(relay: Setting, service: Service) -> None:
    connection = await relay.connection(access_token_lifetime_seconds=0)
    html = RawAnswer("text/html", "<html>Bad gateway</html>")
    faults: list[dict[str, Any]] = [
        {"token_status": 429},
        {"token_status": 408},
        {"token_status": 425},
        {"token_error": "temporarily_unavailable"},
        {"token_error": "a_word_of_its_own"},
        {"token_error": "invalid_client"},
        {"token_status": 400, "token_body": html},
    ]
    for fault in faults:
        await relay.script(**fault, token_faults_left=1)
        refused(await relay.caller.token(connection), 502, "provider_unavailable")
        assert answered(await relay.caller.get(f"connections/{connection}"))["status"] == "active"
        await rests_are_over(service)
    await relay.script(access_token_lifetime_seconds=3600)
    answered(await relay.caller.token(connection))
    assert await relay.refreshes() == len(faults) + 1


async def test_c44_a_failing_provider_is_asked_once_more_and_then_once_after_each_rest(
    relay: Setting, service: Service
) -> None:
    connection = await relay.connection(access_token_lifetime_seconds=0)
    await relay.script(token_status=503, token_headers={"Retry-After": "7"})
    answer = await relay.caller.token(connection)
    refused(answer, 502, "provider_unavailable")
    assert answer.headers["Retry-After"] == "7"
    for refreshes in (2, 3, 4):
        refused(await relay.caller.token(connection), 502, "provider_unavailable")
        assert await relay.refreshes() == refreshes
        await rests_are_over(service)
        refused(await relay.caller.token(connection), 502, "provider_unavailable")
    await rests_are_over(service)
    await relay.script(token_status=None)
    answered(await relay.caller.token(connection))


async def test_c47_a_token_in_hand_is_served_while_the_refresh_fails(relay: Setting) -> None:
    connection = await relay.connection(access_token_lifetime_seconds=100)
    await relay.script(token_status=429)
    for _ in range(3):
        token = answered(await relay.caller.token(connection, minimumValidity=99.999))
        assert 0 < token["expires_in"] < 100
    assert await relay.refreshes() == 1


async def test_a_token_without_an_end_is_used_until_it_is_rejected(relay: Setting) -> None:
    connection = await relay.connection(without=["expires_in"])
    token = answered(await relay.caller.token(connection, minimumValidity=100_000))
    assert "expires_in" not in token
    assert "expires_at" not in token
    assert await relay.refreshes() == 0


async def test_a_grant_that_cannot_be_renewed_is_used_to_its_end(relay: Setting) -> None:
    connection = await relay.connection(omit_refresh_token=True, access_token_lifetime_seconds=100)
    token = answered(await relay.caller.token(connection, minimumValidity=99.999))["access_token"]
    rejected = hashlib.sha256(token.encode()).hexdigest()
    refused(await relay.caller.token(connection, rejected=rejected), 409, "needs_reauthorization")
    answered(await relay.caller.token(connection))


async def test_a_grant_that_cannot_be_renewed_needs_reauthorization_at_its_end(relay: Setting) -> None:
    connection = await relay.connection(omit_refresh_token=True, access_token_lifetime_seconds=0)
    refused(await relay.caller.token(connection), 409, "needs_reauthorization")
    read = answered(await relay.caller.get(f"connections/{connection}"))
    assert (read["status"], read["statusReason"]) == ("needs_reauthorization", "token_expired")


async def test_a_cancelled_caller_does_not_stop_a_refresh(relay: Setting) -> None:
    connection = await relay.connection(access_token_lifetime_seconds=0)
    await relay.script(access_token_lifetime_seconds=3600, hold_token=True)
    caller = asyncio.create_task(relay.caller.token(connection))
    await relay.provider.until_held(relay.client_id)
    caller.cancel()
    await asyncio.wait({caller})
    await relay.provider.release(relay.client_id)
    await relay.script(hold_token=False)
    assert answered(await relay.caller.token(connection))["expires_in"] > 3500
    assert await relay.refreshes() == 1


async def test_tokens_are_for_issuers_alone(relay: Setting) -> None:
    connection = await relay.connection()
    organisation = relay.caller.organisation_id
    for role in ("viewer", "connector", "editor"):
        async with relay.service.caller(role, organisation_id=organisation) as caller:
            refused(await caller.token(connection), 403, "forbidden")
    async with relay.service.caller("issuer", organisation_id=organisation) as issuer:
        answered(await issuer.token(connection))
    async with relay.service.caller() as stranger:
        refused(await stranger.token(connection), 404, "not_found")
