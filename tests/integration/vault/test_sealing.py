"""The transit key as operators treat it: rotated, cut off from its past, missing, forbidden, another kind's."""

from collections.abc import AsyncIterator

import pytest

from adapters.vault.client import VaultClient
from adapters.vault.login import GivenToken
from adapters.vault.sealing import VaultSealer
from domain.ids import AttemptId, CredentialId, OrganisationId
from domain.ports import SealedGrant, SecretKind, SecretPath, SecretStoreUnavailable, Unsealable
from domain.secret import Secret
from tests.integration.vault.scripted import ScriptedVault
from tests.support.domain_examples import an_id
from tests.support.vault import VaultMount

PATH = SecretPath(OrganisationId("acme"), SecretKind.CREDENTIAL, an_id(CredentialId))
DOCUMENT = {"refresh_token": Secret("r")}
PEM = {"latest_version": 1, "keys": {"1": {"public_key": "-----BEGIN PUBLIC KEY-----\njunk\n-----END PUBLIC KEY-----"}}}


@pytest.fixture
async def transit(vault: VaultMount) -> AsyncIterator[str]:
    """A transit mount of the test's own, whose key is a smaller one: it is made sooner."""
    mount = f"{vault.mount}-transit"
    await vault.as_root("POST", f"sys/mounts/{mount}", {"type": "transit"})
    await vault.as_root("POST", f"{mount}/keys/sealed-grants", {"type": "rsa-2048"})
    yield mount
    await vault.as_root("DELETE", f"sys/mounts/{mount}")


@pytest.fixture
def root(vault: VaultMount) -> VaultClient:
    return vault.client(GivenToken(vault.root_token))


async def a_sealer(client: VaultClient, mount: str) -> VaultSealer:
    sealer = VaultSealer(client, mount=mount)
    await sealer.ready()
    return sealer


def seal(sealer: VaultSealer) -> SealedGrant:
    return sealer.seal(PATH, DOCUMENT, version=1, attempt=an_id(AttemptId))


async def test_what_was_sealed_before_a_rotation_opens_and_new_ones_are_sealed_to_the_new_version(
    vault: VaultMount, root: VaultClient, transit: str
) -> None:
    before = seal(await a_sealer(root, transit))
    await vault.as_root("POST", f"{transit}/keys/sealed-grants/rotate")
    sealer = await a_sealer(root, transit)
    after = seal(sealer)
    assert (before.sealed_key[:9], after.sealed_key[:9]) == ("vault:v1:", "vault:v2:")
    assert await sealer.open(before) == await sealer.open(after) == DOCUMENT


async def test_a_version_that_vault_opens_no_more_makes_a_grant_unsealable_until_it_does_again(
    vault: VaultMount, root: VaultClient, transit: str
) -> None:
    sealed = seal(sealer := await a_sealer(root, transit))
    await vault.as_root("POST", f"{transit}/keys/sealed-grants/rotate")
    await vault.as_root("POST", f"{transit}/keys/sealed-grants/config", {"min_decryption_version": 2})
    with pytest.raises(Unsealable):
        await sealer.open(sealed)
    await vault.as_root("POST", f"{transit}/keys/sealed-grants/config", {"min_decryption_version": 1})
    assert await sealer.open(sealed) == DOCUMENT


async def test_a_key_that_is_gone_makes_a_grant_unsealable(vault: VaultMount, root: VaultClient, transit: str) -> None:
    sealed = seal(sealer := await a_sealer(root, transit))
    await vault.as_root("POST", f"{transit}/keys/sealed-grants/config", {"deletion_allowed": True})
    await vault.as_root("DELETE", f"{transit}/keys/sealed-grants")
    with pytest.raises(Unsealable):
        await sealer.open(sealed)
    with pytest.raises(SecretStoreUnavailable, match="switchboard vault bootstrap"):
        await VaultSealer(root, mount=transit).ready()


async def test_a_mount_that_is_not_there_is_told_with_what_to_do_and_makes_nothing_unsealable(
    root: VaultClient, transit: str
) -> None:
    sealed = seal(await a_sealer(root, transit))
    elsewhere = VaultSealer(root, mount="nowhere")
    with pytest.raises(SecretStoreUnavailable, match="SWITCHBOARD_VAULT_TRANSIT_MOUNT"):
        await elsewhere.ready()
    with pytest.raises(SecretStoreUnavailable, match="SWITCHBOARD_VAULT_TRANSIT_MOUNT"):
        await elsewhere.open(sealed)
    with pytest.raises(SecretStoreUnavailable):
        seal(elsewhere)


async def test_a_policy_that_forbids_it_is_told_and_makes_nothing_unsealable(
    vault: VaultMount, root: VaultClient, transit: str
) -> None:
    sealed = seal(await a_sealer(root, transit))
    as_service = VaultSealer(vault.client(), mount=transit)
    with pytest.raises(SecretStoreUnavailable, match="policy"):
        await as_service.ready()
    with pytest.raises(SecretStoreUnavailable, match="policy"):
        await as_service.open(sealed)


async def test_a_key_that_cannot_be_sealed_to_is_told(vault: VaultMount, root: VaultClient, transit: str) -> None:
    await vault.as_root("POST", f"{transit}/keys/sealed-grants/config", {"deletion_allowed": True})
    await vault.as_root("DELETE", f"{transit}/keys/sealed-grants")
    await vault.as_root("POST", f"{transit}/keys/sealed-grants", {"type": "ecdsa-p256"})
    with pytest.raises(SecretStoreUnavailable, match="not of type rsa-4096"):
        await VaultSealer(root, mount=transit).ready()


@pytest.mark.parametrize(
    "key",
    [
        {"latest_version": 1, "keys": {"1": 1753000000}},
        {"latest_version": 2, "keys": {}},
        PEM,
    ],
    ids=["a symmetric key", "no such version", "no key"],
)
async def test_what_is_no_public_key_is_told(scripted: ScriptedVault, key: object) -> None:
    scripted.answers(200, {"data": key})
    with pytest.raises(SecretStoreUnavailable):
        await VaultSealer(scripted.client(), mount="t").ready()


async def test_the_key_in_hand_serves_on_while_a_newer_one_cannot_be_had(
    scripted: ScriptedVault, vault: VaultMount
) -> None:
    _, found = await vault.as_root("GET", f"{vault.transit_mount}/keys/sealed-grants")
    scripted.answers(200, found)
    scripted.answers(503, {"errors": ["Vault is sealed"]})
    sealer = VaultSealer(scripted.client(), mount="t", seconds_fresh=0)
    for _ in range(2):
        await sealer.ready()
    assert len(scripted.asked) == 2
    seal(sealer)


async def test_the_key_is_asked_for_once_however_many_are_about_to_spend(
    scripted: ScriptedVault, vault: VaultMount
) -> None:
    _, found = await vault.as_root("GET", f"{vault.transit_mount}/keys/sealed-grants")
    scripted.answers(200, found)
    sealer = VaultSealer(scripted.client(), mount="t")
    for _ in range(3):
        await sealer.ready()
    assert [asked.path for asked in scripted.asked] == ["/v1/t/keys/sealed-grants"]
