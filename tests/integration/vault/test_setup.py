import secrets
from collections.abc import AsyncIterator

import pytest

from adapters.system.correlation import ContextCorrelation
from adapters.vault.client import VaultClient
from adapters.vault.login import GivenToken
from adapters.vault.operator_client import OperatorClient
from adapters.vault.session import open_vault_session
from adapters.vault.setup import VaultBootstrap
from domain.ports import SecretStoreUnavailable
from tests.support.servers import VaultServer
from tests.support.vault import VaultMount


@pytest.fixture
async def operator(vault_server: VaultServer) -> AsyncIterator[OperatorClient]:
    async with open_vault_session(cacert=None) as session:
        yield OperatorClient(
            session,
            address=vault_server.address,
            login=GivenToken(vault_server.token),
            correlation=ContextCorrelation(),
        )


@pytest.fixture
def bootstrap(operator: OperatorClient) -> VaultBootstrap:
    own = secrets.token_hex(4)
    return VaultBootstrap(operator, mount=f"team/kv-{own}", transit_mount=f"team/transit-{own}")


@pytest.fixture
async def own_transit(vault: VaultMount) -> AsyncIterator[str]:
    """A transit mount without a key."""
    mount = f"{vault.mount}-transit"
    await vault.as_root("POST", f"sys/mounts/{mount}", {"type": "transit"})
    yield mount
    await vault.as_root("DELETE", f"sys/mounts/{mount}")


async def test_bootstrap_tells_each_thing_it_does_and_the_second_time_nothing(bootstrap: VaultBootstrap) -> None:
    changes = await bootstrap.bootstrap(dry_run=False)
    assert [change.split()[0] for change in changes] == ["mount", "configure", "mount", "create", "write"]
    assert await bootstrap.bootstrap(dry_run=False) == []


async def test_a_dry_run_tells_the_same_and_changes_nothing(bootstrap: VaultBootstrap) -> None:
    would_change = await bootstrap.bootstrap(dry_run=True)
    assert await bootstrap.bootstrap(dry_run=True) == would_change
    assert await bootstrap.bootstrap(dry_run=False) == would_change


async def test_bootstrap_mends_a_mount_that_keeps_old_versions(vault: VaultMount) -> None:
    await vault.as_root("POST", f"{vault.mount}/config", {"max_versions": 10, "cas_required": True})
    changes = await vault.bootstrap().bootstrap(dry_run=False)
    assert changes == [f"configure {vault.mount}/: max_versions=1, cas_required=true"]
    await vault.health().check()


async def test_bootstrap_mends_a_policy_that_was_changed(vault: VaultMount) -> None:
    policy = f"{vault.mount}-service"
    await vault.as_root("PUT", f"sys/policy/{policy}", {"policy": 'path "sys/mounts" { capabilities = ["read"] }'})
    assert (await vault.as_service("GET", "sys/mounts"))[0] != 403
    assert await vault.bootstrap().bootstrap(dry_run=False) == [f"write policy {policy}"]
    assert (await vault.as_service("GET", "sys/mounts"))[0] == 403


async def test_another_engine_at_our_mount_is_left_alone(vault: VaultMount) -> None:
    mount = f"{vault.mount}-v1"
    await vault.as_root("POST", f"sys/mounts/{mount}", {"type": "kv", "options": {"version": "1"}})
    try:
        with pytest.raises(SecretStoreUnavailable, match="SWITCHBOARD_VAULT_KV_MOUNT"):
            await vault.bootstrap(mount=mount).bootstrap(dry_run=False)
    finally:
        await vault.as_root("DELETE", f"sys/mounts/{mount}")


async def test_the_services_own_token_sets_nothing_up(vault: VaultMount) -> None:
    as_service = OperatorClient(
        vault.session, address=vault.address, login=GivenToken(vault.service_token), correlation=ContextCorrelation()
    )
    with pytest.raises(SecretStoreUnavailable, match="token"):
        await VaultBootstrap(as_service, mount=vault.mount, transit_mount=vault.transit_mount).bootstrap(dry_run=False)


async def test_a_token_made_for_the_service_is_taken(bootstrap: VaultBootstrap, vault: VaultMount) -> None:
    await bootstrap.bootstrap(dry_run=False)
    token = await bootstrap.service_token()
    client = VaultClient(
        vault.session, address=vault.address, login=GivenToken(token), correlation=ContextCorrelation()
    )
    await client.look_up_own_token()


async def test_the_key_that_grants_are_sealed_to_stays_in_vault(vault: VaultMount) -> None:
    status, answer = await vault.as_root("GET", f"{vault.transit_mount}/keys/sealed-grants")
    kept = {name: answer["data"][name] for name in ("type", "exportable", "allow_plaintext_backup", "deletion_allowed")}
    assert (status, kept) == (
        200,
        {"type": "rsa-4096", "exportable": False, "allow_plaintext_backup": False, "deletion_allowed": False},
    )
    assert (await vault.as_root("DELETE", f"{vault.transit_mount}/keys/sealed-grants"))[0] == 400


@pytest.mark.parametrize(
    ("made", "told"),
    [
        ({"type": "rsa-4096", "exportable": True}, "may leave Vault"),
        ({"type": "aes256-gcm96"}, "not of type rsa-4096"),
    ],
)
async def test_a_key_that_is_not_as_it_must_be_is_left_alone(
    vault: VaultMount, own_transit: str, made: dict[str, object], told: str
) -> None:
    await vault.as_root("POST", f"{own_transit}/keys/sealed-grants", made)
    bootstrap = VaultBootstrap(vault.operator(), mount=vault.mount, transit_mount=own_transit)
    with pytest.raises(SecretStoreUnavailable, match=told):
        await bootstrap.bootstrap(dry_run=False)


async def test_bootstrap_forbids_again_that_the_key_is_deleted(vault: VaultMount, own_transit: str) -> None:
    await vault.as_root("POST", f"{own_transit}/keys/sealed-grants", {"type": "rsa-4096"})
    await vault.as_root("POST", f"{own_transit}/keys/sealed-grants/config", {"deletion_allowed": True})
    bootstrap = VaultBootstrap(vault.operator(), mount=vault.mount, transit_mount=own_transit)
    changes = await bootstrap.bootstrap(dry_run=False)
    assert f"configure transit key {own_transit}/sealed-grants: not deletable" in changes
    assert (await vault.as_root("DELETE", f"{own_transit}/keys/sealed-grants"))[0] == 400
    assert await bootstrap.bootstrap(dry_run=False) == []


async def test_another_engine_at_the_transit_mount_is_left_alone(vault: VaultMount) -> None:
    bootstrap = VaultBootstrap(vault.operator(), mount=vault.mount, transit_mount=vault.mount)
    with pytest.raises(SecretStoreUnavailable, match="SWITCHBOARD_VAULT_TRANSIT_MOUNT"):
        await bootstrap.bootstrap(dry_run=False)
