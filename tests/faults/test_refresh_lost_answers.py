"""R5: a refresh token whose answer was lost is sent once more, and then not again for long."""

import pytest

from domain.ids import ConnectionId, OrganisationId
from domain.ports import Lease
from domain.refreshes import LOST_TWICE_REST_SECONDS, Presented
from tests.support.postgres import behind
from tests.support.rests import rests_are_over
from tests.support.service import Service, Setting, answered, refused

_AGE = "UPDATE refresh_leases SET held_until = clock_timestamp() WHERE held_until > clock_timestamp()"


async def holder_dies(service: Service, relay: Setting, connection: str) -> None:
    """Somebody journals that the token is sent, and is not heard of again until the lease is over."""
    organisation = OrganisationId(relay.caller.organisation_id)
    leases = service.container.leases()
    lease = await leases.take(organisation, ConnectionId(connection), seconds=30)
    assert isinstance(lease, Lease)
    stored = await service.container.read_grant()(lease.connection)
    assert stored.refresh_token is not None
    token = Presented(token_fingerprint=stored.refresh_token.fingerprint(), secret_version=stored.version)
    await leases.journal(lease, token, seconds=30)
    async with behind(service.container.pool()) as postgres:
        await postgres.execute(_AGE)


async def presented(relay: Setting) -> list[int]:
    """How often each refresh token was shown, the first one first."""
    ledger = await relay.provider.ledger(relay.client_id)
    shown = [seen.refresh_token_sha256 for seen in ledger.token_requests if seen.refresh_token_sha256]
    return [shown.count(token) for token in dict.fromkeys(shown)]


@pytest.mark.parametrize(
    "loss",
    [
        {"drop_token_connection": "after"},
        {"token_status": 502, "effect_despite_fault": True},
        {"drop_token_connection": "before"},
        {"token_status": 503},
    ],
)
async def test_r5_a_lost_answer_is_asked_for_once_more_at_once(relay: Setting, loss: dict[str, object]) -> None:
    connection = await relay.connection(access_token_lifetime_seconds=0, forgives_repetition=True)
    await relay.script(access_token_lifetime_seconds=3600, **loss, token_faults_left=1)
    assert answered(await relay.caller.token(connection))["expires_in"] > 3500
    assert await presented(relay) == [2]


async def test_r5_a_repetition_that_is_refused_tells_that_the_rotation_was_lost(relay: Setting) -> None:
    connection = await relay.connection(access_token_lifetime_seconds=0)
    await relay.script(drop_token_connection="after", token_faults_left=1)
    refused(await relay.caller.token(connection), 409, "needs_reauthorization")
    read = answered(await relay.caller.get(f"connections/{connection}"))
    assert (read["status"], read["statusReason"]) == ("needs_reauthorization", "rotation_lost")
    assert await presented(relay) == [2]


async def test_r5_what_was_lost_twice_is_kept_and_not_asked_a_third_time_before_a_long_rest(
    relay: Setting, service: Service
) -> None:
    connection = await relay.connection(access_token_lifetime_seconds=0)
    await relay.script(drop_token_connection="before")
    for _ in range(3):
        answer = await relay.caller.token(connection)
        refused(answer, 502, "provider_unavailable")
        assert LOST_TWICE_REST_SECONDS - 60 < int(answer.headers["Retry-After"]) <= LOST_TWICE_REST_SECONDS
    assert await presented(relay) == [2]
    assert answered(await relay.caller.get(f"connections/{connection}"))["status"] == "active"
    await rests_are_over(service)
    refused(await relay.caller.token(connection), 502, "provider_unavailable")
    assert await presented(relay) == [3]
    await rests_are_over(service)
    await relay.script(drop_token_connection=None, access_token_lifetime_seconds=3600)
    answered(await relay.caller.token(connection))


@pytest.mark.parametrize("loss", [{"token_status": 429}, {"token_status": 400}, {"token_error": "invalid_request"}])
async def test_r5_nothing_is_repeated_after_a_refusal(relay: Setting, loss: dict[str, object]) -> None:
    connection = await relay.connection(access_token_lifetime_seconds=0)
    await relay.script(**loss)
    refused(await relay.caller.token(connection), 502, "provider_unavailable")
    assert await presented(relay) == [1]


async def test_r5_a_holder_that_died_after_it_sent_is_followed_by_one_request(relay: Setting, service: Service) -> None:
    connection = await relay.connection(access_token_lifetime_seconds=0)
    await holder_dies(service, relay, connection)
    await relay.script(token_status=503)
    refused(await relay.caller.token(connection), 502, "provider_unavailable")
    assert await presented(relay) == [1]  # the dead one's would have been the first


async def test_r5_after_two_holders_that_died_nothing_is_sent(relay: Setting, service: Service) -> None:
    connection = await relay.connection(access_token_lifetime_seconds=0)
    for _ in range(2):
        await holder_dies(service, relay, connection)
    for _ in range(2):
        refused(await relay.caller.token(connection), 502, "provider_unavailable")
    assert await presented(relay) == []
    await rests_are_over(service)
    answered(await relay.caller.token(connection))
