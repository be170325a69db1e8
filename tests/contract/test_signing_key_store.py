import pytest

from domain.access import Organisation
from domain.errors import NotFound
from domain.ids import SigningKeyId
from domain.ports import SigningKeyStore
from tests.contract.stores import Stores
from tests.support.domain_examples import a_signing_key, an_id, an_organisation


@pytest.fixture
def store(stores: Stores) -> SigningKeyStore:
    return stores.signing_keys


async def test_a_key_reads_back_as_it_was_added(store: SigningKeyStore, organisation: Organisation) -> None:
    await store.add(key := a_signing_key(organisation, name="Ünïcode ✓"))
    assert await store.find(organisation.id, key.id) == key


async def test_a_key_is_found_in_its_own_organisation_alone(
    store: SigningKeyStore, organisation: Organisation, other_organisation: Organisation
) -> None:
    await store.add(key := a_signing_key(organisation))
    assert await store.find(other_organisation.id, key.id) is None
    assert await store.find(organisation.id, an_id(SigningKeyId)) is None
    with pytest.raises(NotFound):
        await store.delete(other_organisation.id, key.id)
    assert await store.find(organisation.id, key.id) == key


async def test_a_key_of_an_unknown_organisation_is_refused(store: SigningKeyStore) -> None:
    key = a_signing_key(unknown := an_organisation())
    with pytest.raises(NotFound):
        await store.add(key)
    assert await store.find(unknown.id, key.id) is None


async def test_a_deleted_key_is_gone_and_deleted_once(store: SigningKeyStore, organisation: Organisation) -> None:
    await store.add(key := a_signing_key(organisation))
    await store.add(other := a_signing_key(organisation))
    await store.delete(organisation.id, key.id)
    assert await store.find(organisation.id, key.id) is None
    assert await store.find(organisation.id, other.id) == other
    with pytest.raises(NotFound):
        await store.delete(organisation.id, key.id)
