import secrets
from collections.abc import AsyncIterator

import pytest

from adapters.system.correlation import ContextCorrelation
from adapters.vault.client import VaultClient
from adapters.vault.health import VaultHealth
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
    return VaultBootstrap(operator, mount=f"team/kv-{secrets.token_hex(4)}")


async def test_bootstrap_tells_each_thing_it_does_and_the_second_time_nothing(bootstrap: VaultBootstrap) -> None:
    changes = await bootstrap.bootstrap(dry_run=False)
    assert [change.split()[0] for change in changes] == ["mount", "configure", "write"]
    assert await bootstrap.bootstrap(dry_run=False) == []


async def test_a_dry_run_tells_the_same_and_changes_nothing(bootstrap: VaultBootstrap) -> None:
    would_change = await bootstrap.bootstrap(dry_run=True)
    assert await bootstrap.bootstrap(dry_run=True) == would_change
    assert await bootstrap.bootstrap(dry_run=False) == would_change


async def test_bootstrap_mends_a_mount_that_keeps_old_versions(vault: VaultMount) -> None:
    await vault.as_root("POST", f"{vault.mount}/config", {"max_versions": 10, "cas_required": True})
    changes = await VaultBootstrap(vault.operator(), mount=vault.mount).bootstrap(dry_run=False)
    assert changes == [f"configure {vault.mount}/: max_versions=1, cas_required=true"]
    await VaultHealth(vault.client(), mount=vault.mount).check()


async def test_bootstrap_mends_a_policy_that_was_changed(vault: VaultMount) -> None:
    policy = f"{vault.mount}-service"
    await vault.as_root("PUT", f"sys/policy/{policy}", {"policy": 'path "sys/mounts" { capabilities = ["read"] }'})
    assert (await vault.as_service("GET", "sys/mounts"))[0] != 403
    assert await VaultBootstrap(vault.operator(), mount=vault.mount).bootstrap(dry_run=False) == [
        f"write policy {policy}"
    ]
    assert (await vault.as_service("GET", "sys/mounts"))[0] == 403


async def test_another_engine_at_our_mount_is_left_alone(vault: VaultMount) -> None:
    mount = f"{vault.mount}-v1"
    await vault.as_root("POST", f"sys/mounts/{mount}", {"type": "kv", "options": {"version": "1"}})
    try:
        with pytest.raises(SecretStoreUnavailable, match="SWITCHBOARD_VAULT_KV_MOUNT"):
            await VaultBootstrap(vault.operator(), mount=mount).bootstrap(dry_run=False)
    finally:
        await vault.as_root("DELETE", f"sys/mounts/{mount}")


async def test_the_services_own_token_sets_nothing_up(vault: VaultMount) -> None:
    as_service = OperatorClient(
        vault.session, address=vault.address, login=GivenToken(vault.service_token), correlation=ContextCorrelation()
    )
    with pytest.raises(SecretStoreUnavailable, match="token"):
        await VaultBootstrap(as_service, mount=vault.mount).bootstrap(dry_run=False)


async def test_a_token_made_for_the_service_is_taken(bootstrap: VaultBootstrap, vault: VaultMount) -> None:
    await bootstrap.bootstrap(dry_run=False)
    token = await bootstrap.service_token()
    client = VaultClient(
        vault.session, address=vault.address, login=GivenToken(token), correlation=ContextCorrelation()
    )
    await client.look_up_own_token()
