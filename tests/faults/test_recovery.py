"""A flow whose process died (security.md, K4 to K8): another finds it and ends it, and no callback need come again."""

from collections.abc import AsyncIterator, Mapping

import httpx
import pytest
from dependency_injector import providers

from domain.errors import StorageUnavailable
from domain.ports import SecretKind, SecretPath, SecretStoreUnavailable, StoredSecret
from tests.faults.world import World
from tests.support.failpoints import When
from tests.support.faulty import FaultySecrets
from tests.support.postgres import behind
from tests.support.service import Service, Setting, answered, refused
from tests.support.waiting import until

_NOT_YET = "UPDATE flows SET overdue_at = clock_timestamp() + interval '1 h' WHERE status = 'finishing'"
_OVERDUE = "UPDATE flows SET overdue_at = clock_timestamp(), recovery_at = NULL WHERE status = 'finishing'"


@pytest.fixture
async def dying(world: World) -> AsyncIterator[Setting]:
    async with world.relay() as relay:
        yield relay
    await world.well_again()


async def killed(world: World, relay: Setting, call: str, when: When) -> str:
    """The id of a flow whose callback's process is killed before or after it makes this call; it is not overdue yet."""
    started, callback = await relay.relayed()
    world.victim.failpoints.arm(call, when, "kill")
    with pytest.raises(httpx.TransportError):
        await relay.caller.callback(callback)
    async with behind(world.pool) as connection:
        await connection.execute(_NOT_YET)
    return str(started["flowId"])


async def ends(world: World, relay: Setting, flow_id: str) -> Mapping[str, object]:
    """The flow once another process has ended it; until then its deadline is over again and again."""
    async with world.at_rescuer(relay.caller) as caller:

        async def is_over() -> bool:
            async with behind(world.pool) as connection:
                await connection.execute(_OVERDUE)
            return bool((await caller.flow(flow_id))["status"] != "finishing")

        await until(is_over)
        return await caller.flow(flow_id)


@pytest.mark.parametrize(
    ("call", "when"), [("vault_secrets.write", "after"), ("flows.record_connected", "before")], ids=str
)
async def test_k8_a_grant_that_was_secured_by_a_process_that_died_is_recorded_by_another(
    call: str, when: When, world: World, dying: Setting
) -> None:
    flow_id = await killed(world, dying, call, when)
    flow = await ends(world, dying, flow_id)
    assert flow["status"] == "connected"
    async with world.at_rescuer(dying.caller) as caller:
        answered(await caller.token(str(flow["connectionId"])))
    assert len(await dying.token_requests()) == 1


async def test_k5_a_flow_whose_process_died_before_it_sent_the_code_is_interrupted(
    world: World, dying: Setting
) -> None:
    flow = await ends(world, dying, await killed(world, dying, "exchanger.send", "before"))
    assert (flow["status"], flow["error"]) == ("interrupted", "flow_interrupted")
    assert not await dying.token_requests()


@pytest.mark.parametrize(
    ("call", "when"),
    [
        ("flows.take_overdue", "after"),
        ("vault_secrets.read", "after"),
        ("flows.record_connected", "before"),
        ("flows.record_connected", "after"),
    ],
    ids=str,
)
async def test_whoever_recovers_a_flow_may_be_killed_at_any_step(
    call: str, when: When, world: World, dying: Setting
) -> None:
    flow_id = await killed(world, dying, "flows.record_connected", "before")
    await world.well_again()
    world.victim.failpoints.arm("flows.take_overdue", "before", "refuse", always=True, jobs=True)
    armed = world.rescuer.failpoints.arm(call, when, "kill", jobs=True)
    async with behind(world.pool) as connection:
        await connection.execute(_OVERDUE)
    await armed.until_met()
    await world.well_again()
    flow = await ends(world, dying, flow_id)
    assert flow["status"] == "connected"
    assert len(await dying.token_requests()) == 1


class Unread(FaultySecrets):
    """A store that takes what it is given, and says nothing of it."""

    async def read(self, path: SecretPath, *, at_least: int = 1) -> StoredSecret:
        if path.kind is SecretKind.CREDENTIAL:
            raise SecretStoreUnavailable
        return await self.beneath.read(path, at_least=at_least)


class Forgetful:
    """A flow store that does not record a connection."""

    def __init__(self, beneath: object) -> None:
        self.beneath = beneath

    def __getattr__(self, name: str) -> object:
        if name == "record_connected":
            raise StorageUnavailable
        return getattr(self.beneath, name)


async def test_while_vault_does_not_say_a_flow_is_neither_interrupted_nor_given_up(
    service: Service, relay: Setting
) -> None:
    started, callback = await relay.relayed()
    with service.container.flows.override(providers.Object(Forgetful(service.container.flows()))):
        refused(await relay.caller.callback(callback), 503, "storage_unavailable")
    await _deadline_passes(service)
    unread = Unread(service.container.vault_secrets())
    with service.container.vault_secrets.override(providers.Object(unread)), pytest.raises(StorageUnavailable):
        await service.container.recover_flows()()
    assert (await relay.caller.flow(started["flowId"]))["status"] == "finishing"
    await _deadline_passes(service)
    assert await service.container.recover_flows().seconds_late() > 0
    assert await service.container.recover_flows()() is False
    flow = await relay.caller.flow(started["flowId"])
    assert flow["status"] == "connected"
    answered(await relay.caller.token(flow["connectionId"]))


async def _deadline_passes(service: Service) -> None:
    async with behind(service.container.pool()) as connection:
        await connection.execute(_OVERDUE)
