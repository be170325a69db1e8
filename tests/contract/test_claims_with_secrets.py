"""What is remembered of an app's secrets may be old: a flow is claimed with the newest, and which they are is told."""

import attrs
import pytest

from domain.access import Organisation
from domain.apps import App
from domain.flows import FlowStatus
from domain.ids import AppId
from domain.ports import AppStore, FlowStore, FlowTaken
from tests.contract.connecting import connect
from tests.contract.flow_steps import LIFE, KeptFlow
from tests.contract.stores import Stores
from tests.support.domain_examples import a_flow, an_app, an_id


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


async def test_the_version_is_told_as_it_is_recorded_also_of_a_deleted_app(
    app_store: AppStore, app: App, organisation: Organisation
) -> None:
    own = organisation.id
    assert await app_store.secrets_version(own, app.id, connected=own) == app.secrets_version
    await replaced(app_store, app, secrets_version=4)
    await app_store.delete(own, app.id)
    assert await app_store.secrets_version(own, app.id, connected=own) == 4


async def test_the_version_is_told_of_another_organisations_app_that_one_is_connected_to(
    stores: Stores, app_store: AppStore, organisation: Organisation, other_organisation: Organisation
) -> None:
    public = an_app(other_organisation, public=True, secrets_version=4)
    await app_store.add(public)
    await connect(stores, organisation, public)
    await app_store.replace(attrs.evolve(public, public=False, secrets_version=5))
    await app_store.delete(other_organisation.id, public.id)
    assert await app_store.secrets_version(other_organisation.id, public.id, connected=organisation.id) == 5


async def test_of_no_app_no_version_is_told(
    app_store: AppStore, app: App, organisation: Organisation, other_organisation: Organisation
) -> None:
    own = organisation.id
    assert await app_store.secrets_version(own, an_id(AppId), connected=own) is None
    assert await app_store.secrets_version(other_organisation.id, app.id, connected=own) is None
