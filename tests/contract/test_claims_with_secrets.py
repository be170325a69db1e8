"""A flow is claimed with the app's newest secrets at hand, or not at all: what is remembered of them may be old."""

import attrs
import pytest

from domain.access import Organisation
from domain.apps import App
from domain.flows import FlowStatus
from domain.ports import AppStore, FlowStore, FlowTaken
from tests.contract.flow_steps import LIFE, KeptFlow
from tests.support.domain_examples import a_flow, an_app


async def replaced(app_store: AppStore, app: App, *, secrets_version: int) -> None:
    await app_store.replace(attrs.evolve(app, secrets_version=secrets_version))


@pytest.mark.parametrize("at_hand", [4, 5])
async def test_the_newest_that_are_recorded_will_do_and_what_was_not_recorded_yet(
    kept: KeptFlow, app_store: AppStore, app: App, at_hand: int
) -> None:
    await replaced(app_store, app, secrets_version=4)
    await kept.start()
    attempt = await kept.claim(secrets_version=at_hand)
    assert (await kept.read()).attempt == attempt


async def test_older_ones_will_not_and_change_nothing(kept: KeptFlow, app_store: AppStore, app: App) -> None:
    await replaced(app_store, app, secrets_version=4)
    await kept.start()
    before = await kept.read()
    with pytest.raises(FlowTaken):
        await kept.claim(secrets_version=3)
    assert await kept.read() == before
    await kept.claim(secrets_version=4)


async def test_a_deleted_apps_will_do(kept: KeptFlow, app_store: AppStore, app: App) -> None:
    await kept.start()
    await app_store.delete(app.organisation_id, app.id)
    await kept.claim(secrets_version=app.secrets_version)


async def test_newest_does_not_make_a_flow_that_was_taken_free(kept: KeptFlow, app: App) -> None:
    await kept.start()
    attempt = await kept.claim(secrets_version=app.secrets_version)
    with pytest.raises(FlowTaken):
        await kept.claim(secrets_version=app.secrets_version)
    assert (await kept.read()).attempt == attempt


async def test_a_public_apps_are_told_from_elsewhere_while_it_is_public(
    flow_store: FlowStore, app_store: AppStore, organisation: Organisation, other_organisation: Organisation
) -> None:
    public = an_app(other_organisation, public=True, secrets_version=4)
    await app_store.add(public)
    one, two = [
        KeptFlow(flow_store, await flow_store.add(a_flow(organisation, public), seconds_to_live=LIFE.seconds))
        for _ in range(2)
    ]
    for kept in (one, two):
        await kept.start()
    with pytest.raises(FlowTaken):
        await one.claim(secrets_version=3)
    await one.claim(secrets_version=4)
    await app_store.replace(attrs.evolve(public, public=False, secrets_version=5))
    with pytest.raises(FlowTaken):
        await two.claim(secrets_version=5)
    await two.claim()
    assert (await two.read()).status is FlowStatus.FINISHING
