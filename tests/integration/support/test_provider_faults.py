"""The provider's token endpoint as a test scripts it: holds, drops, and answers that are none."""

import asyncio
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest

from tests.integration.support.flow import Relation
from tests.support.provider import Ledger, RawAnswer


async def script(client: Relation, **changes: Any) -> None:
    await client.provider.script(client.client.client_id, **changes)


async def ledger_of(client: Relation) -> Ledger:
    return await client.provider.ledger(client.client.client_id)


@pytest.mark.parametrize(
    ("changes", "status", "body"),
    [
        ({"token_error": "invalid_grant"}, 400, b'{"error":"invalid_grant"}'),
        ({"token_error": "invalid_client", "token_status": 401}, 401, b'{"error":"invalid_client"}'),
        ({"token_status": 503}, 503, b"The provider is not well."),
        ({"token_body": RawAnswer("text/html", "<p>é", charset="latin-1")}, 200, b"<p>\xe9"),
        ({"token_body": RawAnswer("application/json", '{"expires_in":1e400}')}, 200, b'{"expires_in":1e400}'),
    ],
)
async def test_an_answer_can_be_replaced_and_then_nothing_is_used_up(
    acme: Relation, changes: dict[str, Any], status: int, body: bytes
) -> None:
    await script(acme, token_faults_left=1, **changes)
    code = await acme.code()
    fault = await acme.redeem(code)
    assert (fault.status_code, fault.content) == (status, body)
    assert (await acme.redeem(code)).status_code == 200
    assert [(seen.outcome, seen.effect) for seen in (await ledger_of(acme)).token_requests] == [
        ("fault", False),
        ("granted", True),
    ]


async def test_a_fault_lasts_as_many_requests_as_scripted_and_policy_outlasts_it(acme: Relation) -> None:
    await script(acme, token_status=429, token_headers={"Retry-After": "7"}, token_faults_left=2, rotate=False)
    code = await acme.code()
    answers = [await acme.redeem(code) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [429, 429, 200]
    assert answers[0].headers["Retry-After"] == "7"
    assert not (await acme.provider.script(acme.client.client_id)).rotate


async def test_a_lost_answer_had_its_effect(acme: Relation) -> None:
    await script(acme, token_status=502, effect_despite_fault=True, token_faults_left=1)
    code = await acme.code()
    assert (await acme.redeem(code)).status_code == 502
    assert (await acme.redeem(code)).json()["error"] == "invalid_grant"
    assert (await ledger_of(acme)).grants[0].refresh_token is not None


async def test_a_redirect_leads_to_the_canary_which_counts(acme: Relation) -> None:
    await script(acme, token_redirect=True, token_status=307)
    answer = await acme.redeem(await acme.code())
    assert answer.status_code == 307
    assert (await ledger_of(acme)).canary_hits == 0
    await acme.http.post(f"{acme.provider.issuer}{answer.headers['Location']}")
    assert (await ledger_of(acme)).canary_hits == 1


async def test_a_held_request_has_had_its_effect_and_waits_for_its_release(acme: Relation) -> None:
    await script(acme, hold_token=True, token_faults_left=1)
    client_id, code = acme.client.client_id, await acme.code()
    held = asyncio.create_task(acme.redeem(code))
    await acme.provider.until_held(client_id)
    (seen,) = (await ledger_of(acme)).token_requests
    assert (seen.outcome, seen.effect, held.done()) == ("open", True, False)
    assert await acme.provider.release(client_id) == 1
    assert (await held).status_code == 200


async def test_requests_held_before_the_effect_overlap_and_one_of_them_gets_the_grant(acme: Relation) -> None:
    await script(acme, hold_before_effect=True)
    client_id, code = acme.client.client_id, await acme.code()
    held = [asyncio.create_task(acme.redeem(code)) for _ in range(3)]
    await acme.provider.until_held(client_id, count=3)
    assert not any(seen.effect for seen in (await ledger_of(acme)).token_requests)
    assert await acme.provider.release(client_id) == 3
    assert sorted(answer.status_code for answer in await asyncio.gather(*held)) == [200, 400, 400]
    ledger = await ledger_of(acme)
    assert ledger.grants[0].most_token_requests_in_flight == 3
    assert ledger.count("code_reused") == 2


async def test_a_client_that_went_away_does_not_undo_the_effect(acme: Relation) -> None:
    await script(acme, hold_before_effect=True, token_faults_left=1)
    client_id, code = acme.client.client_id, await acme.code()
    gone = asyncio.create_task(acme.redeem(code))
    await acme.provider.until_held(client_id)
    gone.cancel()
    await asyncio.gather(gone, return_exceptions=True)
    await acme.provider.release(client_id)
    assert (await acme.redeem(code)).json()["error"] == "invalid_grant"


@pytest.mark.parametrize(("when", "effect", "status"), [("before", False, 200), ("after", True, 400)])
async def test_a_dropped_connection_is_reset_before_or_after_the_effect(
    acme: Relation, when: str, effect: bool, status: int
) -> None:
    await script(acme, drop_token_connection=when, token_faults_left=1)
    code = await acme.code()
    with pytest.raises(httpx.ReadError):
        await acme.redeem(code)
    (seen,) = (await ledger_of(acme)).token_requests
    assert (seen.outcome, seen.effect) == ("dropped", effect)
    assert (await acme.redeem(code)).status_code == status


async def test_members_of_the_answer_can_be_replaced_and_left_out(acme: Relation) -> None:
    await script(
        acme, members={"expires_in": "60", "refresh_token": None, "ok": False}, without=["token_type"], scope="read"
    )
    granted = await acme.granted()
    assert (granted["expires_in"], granted["refresh_token"], granted["ok"]) == ("60", None, False)
    assert granted["scope"] == "read"
    assert "token_type" not in granted


async def test_a_grant_may_come_without_a_refresh_token(acme: Relation) -> None:
    await script(acme, omit_refresh_token=True)
    assert "refresh_token" not in await acme.granted()
    assert (await ledger_of(acme)).grants[0].refresh_token is None


async def test_an_answer_may_be_form_encoded_compressed_or_huge(acme: Relation) -> None:
    await script(acme, form_encoded=True)
    answer = await acme.redeem(await acme.code())
    assert answer.headers["Content-Type"].startswith("application/x-www-form-urlencoded")
    assert parse_qs(answer.text)["token_type"] == ["Bearer"]
    await script(acme, form_encoded=False, gzip=True, huge=True)
    answer = await acme.redeem(await acme.code())
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.num_bytes_downloaded < 100_000
    assert len(answer.content) > 2_000_000


async def test_a_script_counts_for_authenticated_clients_only(acme: Relation) -> None:
    await script(acme, token_status=503, token_faults_left=1)
    form = {"grant_type": "refresh_token", "refresh_token": "any", "client_id": acme.client.client_id}
    assert (await acme.http.post(acme.provider.token_endpoint, data=form)).status_code == 401
    assert (await acme.refresh("any")).status_code == 503
