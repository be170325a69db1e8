"""What the contract cannot see: what really is in Vault afterwards, looked at with a root token."""

import asyncio

import pytest

from domain.ids import CredentialId, OrganisationId
from domain.ports import SecretConflict, SecretKind, SecretMissing, SecretPath, SecretStoreUnavailable
from domain.secret import Secret
from tests.support.vault import VaultMount

PATH = SecretPath(OrganisationId("acme"), SecretKind.CREDENTIAL, CredentialId("01JDF3N3E3ZQ8S1V5W6X7Y8Z9A"))
BELOW_MOUNT = f"acme/credentials/{PATH.id}"
OLD = {"refresh_token": Secret("old")}
NEW = {"refresh_token": Secret("new")}


async def test_a_document_is_below_its_organisation_and_kind(vault: VaultMount) -> None:
    await vault.store().write(PATH, OLD, version=0)
    status, answer = await vault.as_root("GET", f"{vault.mount}/data/acme/credentials/{PATH.id}")
    assert (status, answer["data"]["data"]) == (200, {"refresh_token": "old"})


async def test_an_old_version_is_not_readable_by_anybody(vault: VaultMount) -> None:
    store = vault.store()
    await store.write(PATH, OLD, version=0)
    await store.write(PATH, NEW, version=1)
    status, answer = await vault.as_root("GET", f"{vault.mount}/data/{BELOW_MOUNT}?version=1")
    assert (status, answer) == (404, {"errors": []})


async def test_a_document_that_an_operator_deleted_is_missing_and_not_created_over(vault: VaultMount) -> None:
    store = vault.store()
    await store.write(PATH, OLD, version=0)
    await vault.as_root("DELETE", f"{vault.mount}/data/{BELOW_MOUNT}")
    with pytest.raises(SecretMissing):
        await store.read(PATH)
    with pytest.raises(SecretConflict):
        await store.write(PATH, NEW, version=0)


async def test_a_destroyed_document_leaves_nothing_behind(vault: VaultMount) -> None:
    store = vault.store()
    await store.write(PATH, OLD, version=0)
    await vault.client().destroy(vault.mount, BELOW_MOUNT)
    with pytest.raises(SecretMissing):
        await store.read(PATH)
    assert (await vault.as_root("LIST", f"{vault.mount}/metadata"))[0] == 404
    await vault.client().destroy(vault.mount, BELOW_MOUNT)
    assert await store.write(PATH, NEW, version=0) == 1


async def test_a_document_of_other_things_than_strings_is_not_ours(vault: VaultMount) -> None:
    document = {"options": {"cas": 0}, "data": {"refresh_token": {"nested": "value"}}}
    await vault.as_root("POST", f"{vault.mount}/data/{BELOW_MOUNT}", document)
    with pytest.raises(SecretStoreUnavailable, match="not written by Switchboard"):
        await vault.store().read(PATH)


async def test_a_document_too_large_for_raft_is_refused_in_words(vault: VaultMount) -> None:
    with pytest.raises(SecretStoreUnavailable, match="larger than Vault takes"):
        await vault.store().write(PATH, {"data": Secret("x" * 1_100_000)}, version=0)
    with pytest.raises(SecretMissing):
        await vault.store().read(PATH)


async def test_being_ready_is_proven_by_one_write_of_a_path_of_our_own(vault: VaultMount) -> None:
    store = vault.store(replica="replica-1")
    await asyncio.gather(*(store.ready() for _ in range(20)))
    await store.ready()
    _, answer = await vault.as_root("GET", f"{vault.mount}/metadata/_probe/replica-1")
    assert answer["data"]["current_version"] == 1
    _, answer = await vault.as_root("LIST", f"{vault.mount}/metadata")
    assert answer["data"]["keys"] == ["_probe/"]


async def test_a_proof_of_two_seconds_ago_is_none(vault: VaultMount) -> None:
    store = vault.store(replica="replica-1")
    await store.ready()
    store._wrote_at -= 2
    await store.ready()
    _, answer = await vault.as_root("GET", f"{vault.mount}/metadata/_probe/replica-1")
    assert answer["data"]["current_version"] == 2


async def test_a_write_just_made_is_proof_enough(vault: VaultMount) -> None:
    store = vault.store()
    await store.write(PATH, OLD, version=0)
    await store.ready()
    assert (await vault.as_root("LIST", f"{vault.mount}/metadata/_probe"))[0] == 404


async def test_probes_go_on_from_where_the_process_before_stopped(vault: VaultMount) -> None:
    for _ in range(3):
        await vault.store(replica="replica-1").ready()
    _, answer = await vault.as_root("GET", f"{vault.mount}/metadata/_probe/replica-1")
    assert answer["data"]["current_version"] == 3
    assert list(answer["data"]["versions"]) == ["3"]


async def test_processes_that_share_a_replica_name_by_mistake_are_ready_all_the_same(vault: VaultMount) -> None:
    await asyncio.gather(*(vault.store(replica="replica-1").ready() for _ in range(4)))


async def test_a_probe_that_an_operator_deleted_is_written_anew(vault: VaultMount) -> None:
    await vault.store(replica="replica-1").ready()
    await vault.as_root("DELETE", f"{vault.mount}/data/_probe/replica-1")
    await vault.store(replica="replica-1").ready()
    await vault.as_root("DELETE", f"{vault.mount}/metadata/_probe/replica-1")
    await vault.store(replica="replica-1").ready()


@pytest.mark.parametrize("replica", ["", "a/b", "..", "a b", "-a", "x" * 65])
async def test_a_replica_name_that_is_no_segment_of_a_path_is_refused(vault: VaultMount, replica: str) -> None:
    with pytest.raises(ValueError, match="replica"):
        vault.store(replica=replica)
