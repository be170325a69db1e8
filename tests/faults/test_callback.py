"""The callback under faults (security.md, K1 to K8): no grant is lost, and no code is sent twice."""

import asyncio
from urllib.parse import parse_qs, urlsplit

import pytest
from dependency_injector import providers

from domain.errors import StorageUnavailable
from domain.flows import AuthorizationFlow
from domain.ids import AttemptId, FlowId
from domain.oauth.authorization_code import Callback
from domain.ports import FlowStore, NewConnection
from domain.secret import Secret
from tests.support.faulty import FaultySealedGrants, FaultySecrets
from tests.support.postgres import behind
from tests.support.service import Service, Setting, answered, refused


async def test_k4_while_vault_takes_no_writes_nothing_is_claimed_and_the_code_stays_good(
    relay: Setting, secrets: FaultySecrets
) -> None:
    started, callback = await relay.relayed()
    secrets.refuses = True
    answer = await relay.caller.callback(callback)
    refused(answer, 503, "storage_unavailable")
    assert "Retry-After" in answer.headers
    assert (await relay.caller.flow(started["flowId"]))["status"] == "started"
    assert not await relay.token_requests()
    secrets.refuses = False
    answered(await relay.caller.callback(callback), 201)


async def test_k7_a_write_whose_answer_is_lost_is_read_back(relay: Setting, secrets: FaultySecrets) -> None:
    _, callback = await relay.relayed()
    secrets.loses_answers = 1
    credential = answered(await relay.caller.callback(callback), 201)
    assert answered(await relay.caller.get(f"credentials/{credential['id']}")) == credential


async def test_k7_where_neither_store_takes_it_in_time_the_flow_is_interrupted(
    relay: Setting, secrets: FaultySecrets, sealed: FaultySealedGrants
) -> None:
    started, callback = await relay.relayed()
    secrets.refuses_documents = sealed.refuses = True
    answer = await relay.caller.callback(callback)
    refused(answer, 503, "storage_unavailable")
    assert "Retry-After" in answer.headers
    flow = await relay.caller.flow(started["flowId"])
    assert (flow["status"], flow["error"]) == ("interrupted", "flow_interrupted")
    refused(await relay.caller.callback(callback), 409, "flow_interrupted")
    assert len(await relay.token_requests()) == 1


@pytest.mark.parametrize("mended", ["vault", "postgres"])
async def test_k7_it_is_tried_on_in_either_store_and_what_lands_after_all_is_adopted(
    relay: Setting, service: Service, secrets: FaultySecrets, sealed: FaultySealedGrants, mended: str
) -> None:
    started, callback = await relay.relayed()
    secrets.refuses_documents = sealed.refuses = True
    refused(await relay.caller.callback(callback), 503, "storage_unavailable")
    if mended == "vault":
        secrets.refuses_documents = False
    else:
        sealed.refuses = False
    await service.container.in_flight().drain(seconds=30)
    answered(await relay.caller.callback(callback), 201)
    flow = await relay.caller.flow(started["flowId"])
    assert flow["status"] == "connected"
    answered(await relay.caller.token(flow["connectionId"]))
    assert len(await relay.token_requests()) == 1


async def test_k7_a_node_that_is_behind_does_not_make_our_own_write_a_rival(
    relay: Setting, secrets: FaultySecrets
) -> None:
    _, callback = await relay.relayed()
    secrets.loses_answers = 1
    secrets.behind = 1
    answered(await relay.caller.callback(callback), 201)


async def test_k8_a_blip_of_postgres_after_the_grant_is_secured_is_sat_out(relay: Setting, service: Service) -> None:
    _, callback = await relay.relayed()
    blip = ForgetfulFlows(service.container.flows(), times=1)
    with service.container.flows.override(providers.Object(blip)):
        answered(await relay.caller.callback(callback), 201)


async def test_k8_a_grant_that_was_secured_and_not_recorded_is_recorded_by_the_same_callback(
    relay: Setting, service: Service
) -> None:
    started, callback = await relay.relayed()
    with service.container.flows.override(providers.Object(ForgetfulFlows(service.container.flows(), times=1000))):
        refused(await relay.caller.callback(callback), 503, "storage_unavailable")
    assert (await relay.caller.flow(started["flowId"]))["status"] == "finishing"
    await let_the_deadline_pass(service, started["flowId"])
    credential = answered(await relay.caller.callback(callback), 201)
    assert answered(await relay.caller.get(f"credentials/{credential['id']}")) == credential
    flow = await relay.caller.flow(started["flowId"])
    answered(await relay.caller.token(flow["connectionId"]))
    assert len(await relay.token_requests()) == 1


async def test_k5_a_claim_that_nobody_went_on_with_is_interrupted_once_its_deadline_is_over(
    relay: Setting, service: Service
) -> None:
    started, callback = await relay.relayed()
    await _claim_and_stop(service, callback)
    await let_the_deadline_pass(service, started["flowId"])
    refused(await relay.caller.callback(callback), 409, "flow_interrupted")
    assert (await relay.caller.flow(started["flowId"]))["status"] == "interrupted"
    assert not await relay.token_requests()


async def test_a_cancelled_request_loses_no_grant(relay: Setting) -> None:
    await relay.script(hold_token=True)
    started, callback = await relay.relayed()
    request = asyncio.create_task(relay.caller.callback(callback))
    await relay.provider.until_held(relay.client_id)
    request.cancel()
    await asyncio.wait({request})
    await relay.provider.release(relay.client_id)
    answered(await relay.caller.callback(callback), 201)
    assert (await relay.caller.flow(started["flowId"]))["status"] == "connected"
    assert len(await relay.token_requests()) == 1


async def test_stopping_waits_for_what_is_in_flight(relay: Setting, service: Service) -> None:
    await relay.script(hold_token=True)
    started, callback = await relay.relayed()
    request = asyncio.create_task(relay.caller.callback(callback))
    await relay.provider.until_held(relay.client_id)
    request.cancel()
    draining = asyncio.create_task(service.container.in_flight().drain(seconds=60))
    await relay.provider.release(relay.client_id)
    await draining
    assert (await relay.caller.flow(started["flowId"]))["status"] == "connected"


class ForgetfulFlows:
    """A flow store that fails so many times just before it records a connection."""

    def __init__(self, beneath: FlowStore, *, times: int) -> None:
        self.beneath = beneath
        self.times = times

    def __getattr__(self, name: str) -> object:
        return getattr(self.beneath, name)

    async def record_connected(self, flow_id: FlowId, new: NewConnection) -> None:
        if self.times:
            self.times -= 1
            raise StorageUnavailable
        await self.beneath.record_connected(flow_id, new)


async def _claim_and_stop(service: Service, callback_url: str) -> None:
    """What a process does that is killed right after its claim."""
    query = {name: values[0] for name, values in parse_qs(urlsplit(callback_url).query).items()}
    callback = Callback(state=Secret(query["state"]), code=Secret(query["code"]))
    flows: FlowStore = service.container.flows()
    flow = await flows.find_by_state(callback.state)
    assert isinstance(flow, AuthorizationFlow)
    attempt = service.container.mint().ulid(AttemptId)
    await flows.claim(flow, answer_fingerprint=callback.fingerprint(), attempt=attempt, seconds_to_finish=60)


async def let_the_deadline_pass(service: Service, flow_id: str) -> None:
    async with behind(service.container.pool()) as connection:
        await connection.execute("UPDATE flows SET overdue_at = clock_timestamp() WHERE id = %s", [flow_id])
