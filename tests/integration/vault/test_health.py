import pytest

from adapters.vault.health import VaultHealth
from domain.ports import SecretStoreUnavailable
from tests.integration.vault.scripted import ScriptedVault
from tests.support.vault import VaultMount

OPEN = {"initialized": True, "sealed": False, "standby": False}


async def test_a_vault_that_is_set_up_is_healthy(vault: VaultMount) -> None:
    await vault.health().check()


async def test_a_mount_that_keeps_old_versions_is_not(vault: VaultMount) -> None:
    await vault.as_root("POST", f"{vault.mount}/config", {"max_versions": 2})
    with pytest.raises(SecretStoreUnavailable, match="keeps old versions"):
        await vault.health().check()


async def test_a_mount_that_was_removed_is_not(vault: VaultMount) -> None:
    await vault.as_root("DELETE", f"sys/mounts/{vault.mount}")
    with pytest.raises(SecretStoreUnavailable, match="SWITCHBOARD_VAULT_KV_MOUNT"):
        await vault.health().check()


@pytest.mark.parametrize(
    ("status", "answer", "told"),
    [
        (501, {**OPEN, "initialized": False, "sealed": True, "standby": True}, "not initialised"),
        (503, {**OPEN, "sealed": True, "standby": True}, "sealed"),
        (429, {**OPEN, "standby": True}, "A standby answers"),
        (473, {**OPEN, "standby": True, "performance_standby": True}, "A standby answers"),
        (503, {}, "not Vault"),
        (404, {"message": "no such page"}, "not Vault"),
    ],
)
async def test_what_is_wrong_with_the_node_is_said(
    scripted: ScriptedVault, status: int, answer: object, told: str
) -> None:
    scripted.answers(status, answer)
    with pytest.raises(SecretStoreUnavailable, match=told):
        await VaultHealth(scripted.client(), mount="switchboard", transit_mount="switchboard-transit").check()
