"""C45 and C46: what is the app's incident ends no connection; and budgets."""

import asyncio

import pytest

from app.use_cases.refresh_budget import RefreshBudget
from domain.errors import ProviderUnavailable
from domain.ids import ConnectionId, OrganisationId
from domain.refreshes import LEAST_REFUSALS, Allowance
from tests.support.rests import rests_are_over
from tests.support.service import Service, Setting, answered, refused


async def statuses(relay: Setting, connections: list[str]) -> list[str]:
    read = [answered(await relay.caller.get(f"connections/{connection}")) for connection in connections]
    return [connection["status"] for connection in read]


async def test_c45_a_refused_client_is_the_apps_incident(relay: Setting, service: Service) -> None:
    connections = [await relay.connection(access_token_lifetime_seconds=0) for _ in range(3)]
    await relay.script(token_error="unauthorized_client")
    for connection in connections:
        refused(await relay.caller.token(connection), 502, "provider_unavailable")
    assert await relay.refreshes() == 1
    assert await statuses(relay, connections) == ["active"] * 3
    await rests_are_over(service)
    answers = await asyncio.gather(*(relay.caller.token(connection) for connection in connections))
    assert {answer.status_code for answer in answers} == {502}
    assert await relay.refreshes() == 2  # one tries, for all
    await rests_are_over(service)
    await relay.script(token_error=None, access_token_lifetime_seconds=3600)
    answered(await relay.caller.token(connections[0]))
    for connection in connections:
        answered(await relay.caller.token(connection))


async def test_c46_many_grants_refused_at_once_open_a_breaker_instead_of_ending_all(
    relay: Setting, service: Service
) -> None:
    connections = [await relay.connection(access_token_lifetime_seconds=0) for _ in range(LEAST_REFUSALS + 4)]
    await relay.script(token_error="invalid_grant")
    codes = [(await relay.caller.token(connection)).json()["code"] for connection in connections]
    ended = LEAST_REFUSALS - 1
    assert codes == ["needs_reauthorization"] * ended + ["provider_unavailable"] * 5
    assert await statuses(relay, connections) == ["needs_reauthorization"] * ended + ["active"] * 5
    assert await relay.refreshes() == LEAST_REFUSALS
    await rests_are_over(service)
    refused(await relay.caller.token(connections[-1]), 502, "provider_unavailable")
    assert await relay.refreshes() == LEAST_REFUSALS + 1
    await rests_are_over(service)
    await relay.script(token_error=None, access_token_lifetime_seconds=3600)
    for connection in connections[ended:]:
        answered(await relay.caller.token(connection))


async def test_c46_where_others_are_renewed_a_refused_grant_is_its_own_end(relay: Setting) -> None:
    first, *lost = [await relay.connection(access_token_lifetime_seconds=0) for _ in range(LEAST_REFUSALS + 1)]
    well = [await relay.connection(access_token_lifetime_seconds=0) for _ in range(LEAST_REFUSALS + 1)]
    await relay.script(access_token_lifetime_seconds=3600)
    await relay.script(token_error="invalid_grant", token_faults_left=1)
    refused(await relay.caller.token(first), 409, "needs_reauthorization")
    for connection in well:
        answered(await relay.caller.token(connection))
    for connection in lost:
        await relay.script(token_error="invalid_grant", token_faults_left=1)
        refused(await relay.caller.token(connection), 409, "needs_reauthorization")


async def test_refreshes_wait_for_their_place_and_leave_callbacks_theirs(relay: Setting, service: Service) -> None:
    connections = [await relay.connection(access_token_lifetime_seconds=0) for _ in range(4)]
    allowance = Allowance(at_once=2, a_second=1000)
    budget = RefreshBudget(allowance, allowance)
    await relay.script(hold_token=True, access_token_lifetime_seconds=3600)
    service.container.refresh.reset()
    service.container.refresh.add_kwargs(budget=budget)
    callers = [asyncio.create_task(relay.caller.token(connection)) for connection in connections]
    await relay.provider.until_held(relay.client_id, count=2)
    assert await relay.refreshes() == 2
    await relay.script(hold_token=False)
    answered_callback = await relay.connection(access_token_lifetime_seconds=3600)
    assert await relay.provider.release(relay.client_id) == 2
    for answer in await asyncio.gather(*callers):
        answered(answer)
    answered(await relay.caller.token(answered_callback))
    service.container.refresh.reset()
    service.container.refresh.add_kwargs(budget=service.container.refresh_budget)


async def test_a_place_is_not_waited_for_beyond_the_time_there_is(relay: Setting, service: Service) -> None:
    organisation = OrganisationId(relay.caller.organisation_id)
    found = await service.container.connections().get(organisation, ConnectionId(await relay.connection()))
    allowance = Allowance(at_once=1, a_second=1000)
    budget = RefreshBudget(allowance, allowance)
    async with budget.place(found, within_seconds=5):
        with pytest.raises(ProviderUnavailable) as busy:
            await budget.place(found, within_seconds=0.01).__aenter__()
    assert busy.value.retry_after == 1.0
    async with budget.place(found, within_seconds=5):
        pass
