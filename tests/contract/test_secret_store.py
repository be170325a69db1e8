"""Every sentence of ``SecretStore``, for each adapter. What happens when Vault fails: tests/integration/vault."""

import asyncio
from collections.abc import AsyncIterator

import attrs
import pytest

from adapters.memory.sealer import MemorySealer
from adapters.memory.secrets import MemorySecretStore
from app.use_cases.all_secrets import AllSecrets
from domain.ids import AppId, CredentialId, OrganisationId
from domain.ports import (
    SecretConflict,
    SecretKind,
    SecretMissing,
    SecretPath,
    SecretStore,
    SecretStoreUnavailable,
    StoredSecret,
)
from domain.secret import Secret
from tests.contract.stores import memory_stores
from tests.support.servers import VaultServer
from tests.support.vault import a_vault_mount

ULID = "01JDF3N3E3ZQ8S1V5W6X7Y8Z9A"
OLD = {"refresh_token": Secret("old")}
NEW = {"refresh_token": Secret("new")}


@pytest.fixture(params=["memory", "all", "vault"])
async def store(request: pytest.FixtureRequest) -> AsyncIterator[SecretStore]:
    if request.param == "memory":
        yield MemorySecretStore()
        return
    if request.param == "all":
        yield AllSecrets(MemorySecretStore(), memory_stores().sealed_grants, MemorySealer())
        return
    server: VaultServer = request.getfixturevalue("vault_server")
    async with a_vault_mount(server.address, server.token) as vault:
        yield vault.store()


@pytest.fixture
def path() -> SecretPath:
    return SecretPath(OrganisationId("acme"), SecretKind.CREDENTIAL, CredentialId(ULID))


async def test_what_was_written_is_read(store: SecretStore, path: SecretPath) -> None:
    document = {
        "access_token": Secret('ÄÖ "quoted" \n\x00 😀'),
        "empty": Secret(""),
        "refresh_token": Secret("r" * 5000),
    }
    version = await store.write(path, document, version=0)
    assert await store.read(path) == StoredSecret(document, version)


async def test_versions_count_from_1(store: SecretStore, path: SecretPath) -> None:
    assert await store.write(path, OLD, version=0) == 1
    assert await store.write(path, NEW, version=1) == 2


async def test_a_document_that_was_never_written_is_missing(store: SecretStore, path: SecretPath) -> None:
    with pytest.raises(SecretMissing):
        await store.read(path)


async def test_a_replaced_version_is_not_read_again(store: SecretStore, path: SecretPath) -> None:
    await store.write(path, OLD, version=0)
    await store.write(path, NEW, version=1)
    assert await store.read(path, at_least=1) == StoredSecret(NEW, 2)


@pytest.mark.parametrize("named", [0, 1, 3])
async def test_a_write_that_names_another_version_is_refused_and_changes_nothing(
    store: SecretStore, path: SecretPath, named: int
) -> None:
    await store.write(path, OLD, version=0)
    await store.write(path, OLD, version=1)
    with pytest.raises(SecretConflict):
        await store.write(path, NEW, version=named)
    assert await store.read(path) == StoredSecret(OLD, 2)


async def test_a_write_that_names_a_version_of_nothing_is_refused(store: SecretStore, path: SecretPath) -> None:
    with pytest.raises(SecretConflict):
        await store.write(path, NEW, version=1)
    with pytest.raises(SecretMissing):
        await store.read(path)


@pytest.mark.parametrize("named", [0, 1])
async def test_of_many_writes_at_once_that_name_the_same_version_one_wins(
    store: SecretStore, path: SecretPath, named: int
) -> None:
    for version in range(named):
        await store.write(path, OLD, version=version)
    rivals = [{"refresh_token": Secret(f"rival {number}")} for number in range(8)]
    answers = await asyncio.gather(
        *(store.write(path, rival, version=named) for rival in rivals), return_exceptions=True
    )
    assert sorted(type(answer).__name__ for answer in answers) == ["SecretConflict"] * 7 + ["int"]
    winner = rivals[next(number for number, answer in enumerate(answers) if isinstance(answer, int))]
    assert await store.read(path) == StoredSecret(winner, named + 1)


async def test_a_version_that_is_not_there_yet_is_waited_for_only_briefly(store: SecretStore, path: SecretPath) -> None:
    await store.write(path, OLD, version=0)
    with pytest.raises(SecretStoreUnavailable):
        await store.read(path, at_least=2)


async def test_a_missing_document_is_missing_in_whatever_version(store: SecretStore, path: SecretPath) -> None:
    with pytest.raises(SecretMissing):
        await store.read(path, at_least=2)


async def test_a_newer_version_than_asked_for_will_do(store: SecretStore, path: SecretPath) -> None:
    for version in range(3):
        await store.write(path, NEW, version=version)
    assert await store.read(path, at_least=2) == StoredSecret(NEW, 3)


async def test_organisations_and_kinds_do_not_meet(store: SecretStore, path: SecretPath) -> None:
    await store.write(path, OLD, version=0)
    for other in (
        attrs.evolve(path, organisation_id=OrganisationId("acme2")),
        attrs.evolve(path, kind=SecretKind.APP, id=AppId(ULID)),
    ):
        with pytest.raises(SecretMissing):
            await store.read(other)
        assert await store.write(other, NEW, version=0) == 1
    assert await store.read(path) == StoredSecret(OLD, 1)


async def test_being_ready_writes_no_document(store: SecretStore, path: SecretPath) -> None:
    await asyncio.gather(*(store.ready() for _ in range(8)))
    with pytest.raises(SecretMissing):
        await store.read(path)
    assert await store.write(path, NEW, version=0) == 1


async def test_a_document_changed_after_its_writing_is_not_changed_in_the_store(
    store: SecretStore, path: SecretPath
) -> None:
    document = dict(OLD)
    await store.write(path, document, version=0)
    document["refresh_token"] = Secret("changed")
    assert await store.read(path) == StoredSecret(OLD, 1)


async def test_the_largest_document_that_we_allow_is_kept(store: SecretStore, path: SecretPath) -> None:
    document = {"data": Secret("x" * (512 * 1024))}
    await store.write(path, document, version=0)
    assert await store.read(path) == StoredSecret(document, 1)


async def test_what_is_stored_does_not_print_itself(store: SecretStore, path: SecretPath) -> None:
    await store.write(path, {"refresh_token": Secret("hunter2")}, version=0)
    assert "hunter2" not in repr(await store.read(path))


async def test_a_destroyed_document_is_missing_and_its_path_can_be_written_anew(
    store: SecretStore, path: SecretPath
) -> None:
    await store.write(path, OLD, version=0)
    await store.write(path, OLD, version=1)
    for _ in range(2):
        await store.destroy(path)
    with pytest.raises(SecretMissing):
        await store.read(path)
    assert await store.write(path, NEW, version=0) == 1
