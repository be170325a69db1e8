from datetime import UTC, datetime, timedelta

import pytest

from domain.access import Organisation, Principal, Role
from domain.errors import NotFound
from domain.ids import AppId, ConnectionId
from domain.lists import ListQuery
from domain.narrowing import EVERYTHING, Narrowing
from domain.ports import ApiKeyStore
from tests.contract.stores import Time
from tests.support.domain_examples import a_secret, an_api_key, an_id, an_organisation

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


async def test_a_key_is_found_by_its_fingerprint_as_the_principal_it_stands_for(
    api_key_store: ApiKeyStore, organisation: Organisation
) -> None:
    key = an_api_key(organisation, name="Of CI", roles=frozenset({Role.VIEWER, Role.ISSUER}))
    await api_key_store.add(key)
    found = await api_key_store.find(key.fingerprint)
    assert found == key
    assert found.principal == Principal(
        id=key.id, name="Of CI", organisation_id=organisation.id, roles=frozenset({Role.VIEWER, Role.ISSUER})
    )


async def test_a_platform_administrators_key_stands_in_no_organisation(api_key_store: ApiKeyStore) -> None:
    await api_key_store.add(key := an_api_key(None))
    found = await api_key_store.find(key.fingerprint)
    assert found is not None
    assert (found.organisation_id, found.roles) == (None, frozenset({Role.PLATFORM_ADMIN}))


async def test_of_several_keys_each_is_found_by_its_own(api_key_store: ApiKeyStore, organisation: Organisation) -> None:
    keys = [an_api_key(organisation) for _ in range(3)]
    for key in keys:
        await api_key_store.add(key)
    found = [await api_key_store.find(key.fingerprint) for key in keys]
    assert [principal and principal.id for principal in found] == [key.id for key in keys]


async def test_an_unknown_key_is_nobodys(api_key_store: ApiKeyStore) -> None:
    assert await api_key_store.find(a_secret().fingerprint()) is None


async def test_a_key_of_an_unknown_organisation_is_refused_and_not_kept(api_key_store: ApiKeyStore) -> None:
    key = an_api_key(an_organisation())
    with pytest.raises(NotFound):
        await api_key_store.add(key)
    assert await api_key_store.find(key.fingerprint) is None


async def test_a_key_is_nobodys_once_it_has_expired(
    api_key_store: ApiKeyStore, organisation: Organisation, time: Time
) -> None:
    key = an_api_key(organisation, expires_at=datetime.now(UTC) + HOUR)
    await api_key_store.add(key)
    assert await api_key_store.find(key.fingerprint) is not None
    await time.passes(HOUR + MINUTE)
    assert await api_key_store.find(key.fingerprint) is None


async def test_a_platform_administrator_exists_once_one_is_added(
    api_key_store: ApiKeyStore, organisation: Organisation
) -> None:
    await api_key_store.add(an_api_key(organisation))
    assert not await api_key_store.platform_admin_exists()
    await api_key_store.add(an_api_key(None))
    assert await api_key_store.platform_admin_exists()


async def test_no_platform_administrator_exists_once_the_last_key_has_expired(
    api_key_store: ApiKeyStore, time: Time
) -> None:
    await api_key_store.add(an_api_key(None, expires_at=datetime.now(UTC) + HOUR))
    assert await api_key_store.platform_admin_exists()
    await time.passes(HOUR + MINUTE)
    assert not await api_key_store.platform_admin_exists()


async def test_a_key_reads_back_with_what_it_is_narrowed_to(
    api_key_store: ApiKeyStore, organisation: Organisation, other_organisation: Organisation
) -> None:
    only = Narrowing(
        app_ids=frozenset({an_id(AppId), an_id(AppId)}),
        connection_ids=frozenset(),
        end_user_ids=frozenset({"ann", "é"}),
    )
    await api_key_store.add(key := an_api_key(organisation, only=only))
    assert await api_key_store.get(organisation.id, key.id) == key
    found = await api_key_store.find(key.fingerprint)
    assert found is not None
    assert found.only == only
    with pytest.raises(NotFound):
        await api_key_store.get(other_organisation.id, key.id)


async def test_an_expired_key_can_still_be_read(
    api_key_store: ApiKeyStore, organisation: Organisation, time: Time
) -> None:
    await api_key_store.add(key := an_api_key(organisation, expires_at=datetime.now(UTC) + HOUR))
    await time.passes(HOUR + MINUTE)
    assert (await api_key_store.get(organisation.id, key.id)).id == key.id


async def test_a_deleted_key_is_nobodys_and_deleted_once(
    api_key_store: ApiKeyStore, organisation: Organisation, other_organisation: Organisation
) -> None:
    await api_key_store.add(key := an_api_key(organisation))
    with pytest.raises(NotFound):
        await api_key_store.delete(other_organisation.id, key.id)
    assert await api_key_store.find(key.fingerprint) is not None
    await api_key_store.delete(organisation.id, key.id)
    assert await api_key_store.find(key.fingerprint) is None
    with pytest.raises(NotFound):
        await api_key_store.delete(organisation.id, key.id)


async def test_a_list_holds_the_keys_that_reach_no_further(
    api_key_store: ApiKeyStore, organisation: Organisation
) -> None:
    app, connection = an_id(AppId), an_id(ConnectionId)
    narrow = Narrowing(
        app_ids=frozenset({app}), connection_ids=frozenset({connection}), end_user_ids=frozenset({"ann"})
    )
    reaches = {
        "all": EVERYTHING,
        "app": Narrowing(app_ids=frozenset({app})),
        "connection": Narrowing(connection_ids=frozenset({connection})),
        "narrow": narrow,
        "nothing": Narrowing(app_ids=frozenset(), connection_ids=frozenset(), end_user_ids=frozenset()),
    }
    for name, only in reaches.items():
        await api_key_store.add(an_api_key(organisation, name=name, only=only))
    for only in reaches.values():
        page = await api_key_store.list(organisation.id, ListQuery(), only=only)
        inside = {name for name, reach in reaches.items() if only.includes(reach)}
        assert ({key.name for key in page.items}, page.total) == (inside, len(inside))
