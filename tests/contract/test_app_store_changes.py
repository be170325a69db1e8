"""The AppStore's apps replaced, deleted, and made public."""

import asyncio

import attrs
import pytest

from domain.access import Organisation
from domain.apps import App
from domain.auth_configs import ApiKeyConfig, Location
from domain.errors import CallbackUrlTaken, NotFound
from domain.ids import AppId
from domain.lists import ListQuery
from domain.narrowing import Narrowing
from domain.ports import AppStore
from tests.support.domain_examples import LONG_AGO, an_app, an_id, an_oauth2_config

RELAY = "https://front.example/callback"


def changed(app: App, **members: object) -> App:
    """The app as a later PUT writes it."""
    members = {"secrets_version": app.secrets_version + 1, **members}
    return attrs.evolve(app, **members)  # type: ignore[arg-type]


async def test_an_app_is_replaced_whole(app_store: AppStore, app: App) -> None:
    new = changed(
        app,
        name="Renamed",
        server_name="Another",
        server_url="https://another.example",
        configs=(an_oauth2_config(client_id="another"),),
        image_url="https://another.example/logo.png",
        relay_callback_url=RELAY,
        return_urls=("https://acme.example/z",),
        allowed_origins=("https://acme.example",),
        public=True,
        foreign={"schemaId": "1"},
    )
    assert await app_store.replace(new) == new
    assert await app_store.get(app.organisation_id, app.id) == new


async def test_what_an_app_was_made_with_stays(app_store: AppStore, app: App, organisation: Organisation) -> None:
    other = an_app(organisation)
    await app_store.replace(changed(app, callback_id=other.callback_id, deleted_at=LONG_AGO))
    kept = await app_store.get(app.organisation_id, app.id)
    assert (kept.callback_id, kept.created_at, kept.deleted_at) == (app.callback_id, app.created_at, None)


async def test_the_one_with_the_newer_secrets_stays(app_store: AppStore, app: App) -> None:
    newer = await app_store.replace(changed(app, name="Newer", secrets_version=3))
    assert await app_store.replace(changed(app, name="Older", secrets_version=2)) == newer
    assert await app_store.get(app.organisation_id, app.id) == newer


async def test_another_organisations_app_is_not_replaced_or_deleted(
    app_store: AppStore, app: App, other_organisation: Organisation
) -> None:
    with pytest.raises(NotFound):
        await app_store.replace(changed(app, organisation_id=other_organisation.id))
    with pytest.raises(NotFound):
        await app_store.delete(other_organisation.id, app.id)
    assert await app_store.get(app.organisation_id, app.id) == app


async def test_an_app_keeps_its_own_relay_and_may_not_take_anothers(
    app_store: AppStore, app: App, organisation: Organisation
) -> None:
    await app_store.add(relay := an_app(organisation, relay_callback_url=RELAY))
    assert (await app_store.replace(changed(relay))).relay_callback_url == RELAY
    with pytest.raises(CallbackUrlTaken):
        await app_store.replace(changed(app, relay_callback_url="https://FRONT.example:443/callback"))
    assert await app_store.get(organisation.id, app.id) == app


async def test_a_deleted_app_is_there_for_its_connections_alone(
    app_store: AppStore, organisation: Organisation
) -> None:
    await app_store.add(app := an_app(organisation, public=True))
    await app_store.delete(organisation.id, app.id)
    for reading in (
        app_store.get(organisation.id, app.id),
        app_store.get_usable(organisation.id, app.id),
        app_store.get_public(app.id),
        app_store.replace(changed(app)),
        app_store.delete(organisation.id, app.id),
    ):
        with pytest.raises(NotFound):
            await reading
    assert (await app_store.list(organisation.id, ListQuery())).total == 0
    assert app.id not in {found.id for found in (await app_store.list_public(None, ListQuery(first=100))).items}
    kept = await app_store.get_kept(organisation.id, app.id)
    assert kept.deleted_at is not None
    assert attrs.evolve(kept, deleted_at=None) == app


async def test_a_deleted_apps_relay_is_free(app_store: AppStore, organisation: Organisation) -> None:
    await app_store.add(app := an_app(organisation, relay_callback_url=RELAY))
    await app_store.delete(organisation.id, app.id)
    await app_store.add(another := an_app(organisation, relay_callback_url=RELAY))
    assert (await app_store.get(organisation.id, another.id)).relay_callback_url == RELAY
    assert (await app_store.get_kept(organisation.id, app.id)).relay_callback_url == RELAY


async def test_of_two_deletions_at_once_one_finds_the_app(app_store: AppStore, app: App) -> None:
    deletions = (app_store.delete(app.organisation_id, app.id) for _ in range(2))
    answers = await asyncio.gather(*deletions, return_exceptions=True)
    assert {type(answer) for answer in answers} == {type(None), NotFound}


async def test_a_public_app_is_for_every_organisation(
    app_store: AppStore, app: App, organisation: Organisation, other_organisation: Organisation
) -> None:
    await app_store.add(public := an_app(organisation, public=True))
    for reader in (organisation, other_organisation):
        assert await app_store.get_usable(reader.id, public.id) == public
    assert await app_store.get_usable(organisation.id, app.id) == app
    assert await app_store.get_public(public.id) == public
    for reading in (
        app_store.get_usable(other_organisation.id, app.id),
        app_store.get_public(app.id),
        app_store.get_public(an_id(AppId)),
        app_store.get(other_organisation.id, public.id),
        app_store.get_kept(other_organisation.id, public.id),
    ):
        with pytest.raises(NotFound):
            await reading


async def test_public_apps_are_listed_but_for_ones_own_and_those_outside(
    app_store: AppStore, app: App, organisation: Organisation, other_organisation: Organisation
) -> None:
    public = [an_app(organisation, public=True) for _ in range(3)]
    for each in public:
        await app_store.add(each)
    only = Narrowing(app_ids=frozenset({app.id, *(each.id for each in public[1:])}))
    inside = await app_store.list_public(other_organisation.id, ListQuery(), only=only)
    assert (list(inside.items), inside.total) == (sorted(public[1:], key=lambda each: each.id), 2)
    assert (await app_store.list_public(organisation.id, ListQuery(), only=only)).total == 0
    assert (await app_store.list_public(None, ListQuery(), only=only)).total == 2


async def test_public_apps_of_others_are_found_by_their_client(
    app_store: AppStore, organisation: Organisation, other_organisation: Organisation
) -> None:
    config = an_oauth2_config(client_id=f"client-of-{organisation.id}")
    await app_store.add(an_app(organisation, configs=(config, ApiKeyConfig(name="k", location=Location.QUERY))))
    assert list(await app_store.public_configs_of_client(config.client_id, but=other_organisation.id)) == []
    await app_store.add(public := an_app(organisation, configs=(config,), public=True))
    assert list(await app_store.public_configs_of_client(config.client_id, but=other_organisation.id)) == [config]
    assert list(await app_store.public_configs_of_client("another", but=other_organisation.id)) == []
    assert list(await app_store.public_configs_of_client(config.client_id, but=organisation.id)) == []
    await app_store.delete(organisation.id, public.id)
    assert list(await app_store.public_configs_of_client(config.client_id, but=other_organisation.id)) == []


async def test_an_origin_is_allowed_by_any_app_that_can_be_used(
    app_store: AppStore, organisation: Organisation, other_organisation: Organisation
) -> None:
    await app_store.add(an_app(organisation, allowed_origins=("https://a.example", "https://b.example")))
    await app_store.add(an_app(organisation))
    await app_store.add(an_app(other_organisation, allowed_origins=("https://shared.example",), public=True))
    deleted = an_app(organisation, allowed_origins=("https://deleted.example",))
    await app_store.add(deleted)
    await app_store.delete(organisation.id, deleted.id)
    asked = ["https://a.example", "https://b.example", "https://shared.example", "https://deleted.example", "https://a"]
    allowed = {
        who: [origin for origin in asked if await app_store.any_allows(origin, usable_by=who)]
        for who in (organisation.id, other_organisation.id, None)
    }
    assert allowed == {
        organisation.id: ["https://a.example", "https://b.example", "https://shared.example"],
        other_organisation.id: ["https://shared.example"],
        None: ["https://shared.example"],
    }
