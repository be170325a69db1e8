from datetime import UTC, datetime, timedelta

import pytest

from domain.access import Organisation
from domain.apps import App
from domain.connections import Connection
from domain.credentials import CredentialTerms, CredentialType
from domain.errors import NotFound
from domain.ids import ConnectionId, CredentialId
from domain.lists import ListQuery
from domain.narrowing import Narrowing
from domain.ports import CredentialRecord, CredentialStore
from tests.contract.connecting import connect
from tests.contract.keeping import SECONDS, keep, some_terms
from tests.contract.stores import Stores, Time
from tests.support.domain_examples import an_id, an_organisation

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


async def test_a_credential_reads_back_as_it_was_settled(
    credential_store: CredentialStore, organisation: Organisation
) -> None:
    terms = some_terms(expires_at=datetime.now(UTC) + HOUR)
    credential_id = an_id(CredentialId)
    await credential_store.add(organisation.id, credential_id, terms, seconds=SECONDS)
    settled = await credential_store.settle(organisation.id, credential_id, version=1)
    assert settled == await credential_store.get(organisation.id, credential_id)
    assert settled == CredentialRecord(
        id=credential_id,
        organisation_id=organisation.id,
        terms=terms,
        secret_version=1,
        connection=None,
        created_at=settled.created_at,
        updated_at=settled.created_at,
    )
    assert abs(settled.created_at - datetime.now(UTC)) < MINUTE


async def test_before_its_first_version_is_settled_nobody_finds_it(
    credential_store: CredentialStore, organisation: Organisation
) -> None:
    await credential_store.add(organisation.id, credential_id := an_id(CredentialId), some_terms(), seconds=SECONDS)
    with pytest.raises(NotFound):
        await credential_store.get(organisation.id, credential_id)
    assert (await credential_store.list(organisation.id, ListQuery())).total == 0
    with pytest.raises(NotFound):
        await credential_store.settle(organisation.id, credential_id, version=2)


async def test_an_unknown_organisation_keeps_none(credential_store: CredentialStore) -> None:
    with pytest.raises(NotFound):
        await credential_store.add(an_organisation().id, an_id(CredentialId), some_terms(), seconds=SECONDS)


async def test_a_connections_credential_is_the_connections_record_of_it(
    credential_store: CredentialStore, connection: Connection
) -> None:
    assert await credential_store.get(connection.organisation_id, connection.credential_id) == CredentialRecord(
        id=connection.credential_id,
        organisation_id=connection.organisation_id,
        terms=CredentialTerms(name=connection.name, type=CredentialType.OAUTH2_REFRESH),
        secret_version=connection.secret_version,
        connection=connection,
        created_at=connection.created_at,
        updated_at=connection.updated_at,
    )


async def test_an_unknown_credential_and_another_organisations_are_not_found(
    stores: Stores, connection: Connection, organisation: Organisation, other_organisation: Organisation
) -> None:
    own = await keep(stores.credentials, organisation)
    for organisation_id, credential_id in [
        (organisation.id, an_id(CredentialId)),
        (other_organisation.id, connection.credential_id),
        (other_organisation.id, own.id),
    ]:
        with pytest.raises(NotFound):
            await stores.credentials.get(organisation_id, credential_id)
        with pytest.raises(NotFound):
            await stores.credentials.begin_removal(organisation_id, credential_id, seconds=SECONDS)
        with pytest.raises(NotFound):
            await stores.credentials.announce(organisation_id, credential_id, some_terms(), version=2, seconds=SECONDS)
        with pytest.raises(NotFound):
            await stores.credentials.settle(organisation_id, credential_id, version=2)


async def test_a_credential_is_not_found_from_its_expiry_on(
    stores: Stores, organisation: Organisation, app: App, time: Time
) -> None:
    connection = await connect(stores, organisation, app, expires_at=datetime.now(UTC) + HOUR)
    own = await keep(stores.credentials, organisation, expires_at=datetime.now(UTC) + HOUR)
    lasting = await keep(stores.credentials, organisation)
    assert (await stores.credentials.get(organisation.id, connection.credential_id)).terms.type is CredentialType.RAW
    await time.passes(HOUR + MINUTE)
    for credential_id in (connection.credential_id, own.id):
        with pytest.raises(NotFound):
            await stores.credentials.get(organisation.id, credential_id)
    page = await stores.credentials.list(organisation.id, ListQuery())
    assert (page.total, [item.id for item in page.items]) == (1, [lasting.id])
    assert await stores.connections.get(organisation.id, connection.id) == connection


async def test_a_list_holds_what_connections_own_and_what_nobody_owns(
    stores: Stores, organisation: Organisation, app: App, other_organisation: Organisation
) -> None:
    await keep(stores.credentials, other_organisation)
    owned = (await connect(stores, organisation, app)).credential_id
    kept = [await keep(stores.credentials, organisation), await stores.credentials.get(organisation.id, owned)]
    page = await stores.credentials.list(organisation.id, ListQuery())
    assert (list(page.items), page.total) == (sorted(kept, key=lambda record: record.id), 2)


async def test_a_narrowed_list_holds_what_its_connections_own_alone(
    stores: Stores, organisation: Organisation, app: App
) -> None:
    connections = [await connect(stores, organisation, app) for _ in range(2)]
    await keep(stores.credentials, organisation)
    for only, expected in [
        (Narrowing(app_ids=frozenset({app.id})), {each.credential_id for each in connections}),
        (Narrowing(connection_ids=frozenset({connections[0].id})), {connections[0].credential_id}),
        (Narrowing(connection_ids=frozenset({an_id(ConnectionId)})), set()),
        (Narrowing(end_user_ids=frozenset({"somebody"})), set()),
    ]:
        page = await stores.credentials.list(organisation.id, ListQuery(), only=only)
        assert ({item.id for item in page.items}, page.total) == (expected, len(expected))
