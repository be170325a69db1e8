"""Vault goes away between the provider's answer and our write (security.md, K7 and R7): all grants end in Vault.

The provider holds its answers back until Vault is gone, so that every grant of these tests comes when nothing takes it.
"""

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from signal import SIGCONT, SIGKILL, SIGSTOP

import attrs
import pytest

from adapters.embedded.openbao import EmbeddedOpenBao
from domain.ports import SecretStoreUnavailable
from domain.secret import Secret
from tests.support.provider import StrictProvider
from tests.support.raft import a_raft_cluster
from tests.support.sealing import drained, drained_by_somebody, in_vault, path_of, settled
from tests.support.served import served
from tests.support.servers import PostgresServer
from tests.support.service import Service, Setting, a_service, a_setting, answered, refused
from tests.support.vault import a_vault_mount
from tests.support.waiting import until

_CALLBACKS, _REFRESHES = 4, 4


@attrs.define
class OwnVault:
    """An OpenBao of this module's own: it is frozen, killed and brought back."""

    folder: Path
    openbao: EmbeddedOpenBao

    def freeze(self) -> None:
        os.kill(self.openbao.pid, SIGSTOP)

    async def thaw(self) -> None:
        os.kill(self.openbao.pid, SIGCONT)

    def kill(self) -> None:
        self.openbao.process.stop(signal=SIGKILL)

    async def start(self) -> None:
        self.openbao = EmbeddedOpenBao.start(self.folder, port=self.openbao.port)


@pytest.fixture(scope="module")
def vault(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnVault]:
    folder = tmp_path_factory.mktemp("own-openbao")
    vault = OwnVault(folder, EmbeddedOpenBao.start(folder))
    yield vault
    vault.openbao.stop()


@attrs.frozen
class Scene:
    """Connections whose tokens are over, callbacks that were never asked for, and one more of these."""

    service: Service
    relay: Setting
    flows: list[str]
    connections: list[str]
    callbacks: list[str]
    one_more: str

    async def lose(self, vault_goes: Callable[[], None]) -> None:
        """All at once, and Vault goes when the provider has made every grant and handed none of them over."""
        await self.relay.script(hold_token=True)
        under_way = [
            *(asyncio.create_task(self.relay.caller.callback(callback)) for callback in self.callbacks),
            *(asyncio.create_task(self.relay.caller.token(connection)) for connection in self.connections),
        ]
        await self.relay.provider.until_held(self.relay.client_id, count=len(under_way))
        vault_goes()
        await self.relay.provider.release(self.relay.client_id)
        statuses = [answer.status_code for answer in await asyncio.gather(*under_way)]
        assert statuses == [201] * len(self.callbacks) + [200] * len(self.connections)
        await self.relay.script(hold_token=False)

    async def spends_nothing(self) -> None:
        """From when Vault is not known any more to take writes: until then what is spent is sealed."""
        await until(self._vault_is_missed)
        before = len(await self.relay.token_requests())
        refused(await self.relay.caller.callback(self.one_more), 503, "storage_unavailable")
        assert len(await self.relay.token_requests()) == before

    async def _vault_is_missed(self) -> bool:
        try:
            await self.service.container.vault_secrets().ready()
        except SecretStoreUnavailable:
            return True
        return False

    async def everything_is_in_vault(self) -> None:
        """What the provider gave last is what Vault has, and it is good."""
        await settled(self.service)
        await drained(self.service)
        answered(await self.relay.caller.callback(self.one_more), 201)
        paths = [await path_of(self.service, flow) for flow in self.flows]
        kept = {(await in_vault(self.service, path) or {}).get("refresh_token") for path in paths}
        ledger = await self.relay.provider.ledger(self.relay.client_id)
        assert kept == {grant.refresh_token for grant in ledger.grants}
        for flow in self.flows:
            await self._is_refreshed((await self.relay.caller.flow(flow))["connectionId"])
        assert (await self.relay.provider.ledger(self.relay.client_id)).count("refresh_token_reused") == 0

    async def _is_refreshed(self, connection: str) -> None:
        token = answered(await self.relay.caller.token(connection))["access_token"]
        rejected = hashlib.sha256(token.encode()).hexdigest()
        assert answered(await self.relay.caller.token(connection, rejected=rejected))["access_token"] != token


@asynccontextmanager
async def a_scene(
    postgres: PostgresServer, provider: StrictProvider, address: str, root_token: Secret
) -> AsyncIterator[Scene]:
    async with (
        a_vault_mount(address, root_token) as mount,
        a_service(postgres, mount) as service,
        a_setting(service, provider, relay=True) as relay,
    ):
        await relay.script(access_token_lifetime_seconds=0)
        made = [await relay.relayed() for _ in range(_REFRESHES)]
        for _, callback in made:
            answered(await relay.caller.callback(callback), 201)
        await relay.script(access_token_lifetime_seconds=3600)
        flows = [started["flowId"] for started, _ in made]
        waiting = [await relay.relayed() for _ in range(_CALLBACKS + 1)]
        yield Scene(
            service,
            relay,
            flows=[*flows, *(started["flowId"] for started, _ in waiting)],
            connections=[(await relay.caller.flow(flow))["connectionId"] for flow in flows],
            callbacks=[callback for _, callback in waiting[1:]],
            one_more=waiting[0][1],
        )


@pytest.mark.parametrize(
    ("goes", "comes_back"),
    [(OwnVault.freeze, OwnVault.thaw), (OwnVault.kill, OwnVault.start)],
    ids=["frozen", "killed"],
)
async def test_r7_what_comes_while_openbao_is_gone_ends_in_vault(
    postgres_server: PostgresServer,
    provider: StrictProvider,
    vault: OwnVault,
    goes: Callable[[OwnVault], None],
    comes_back: Callable[[OwnVault], Awaitable[None]],
) -> None:
    async with a_scene(postgres_server, provider, vault.openbao.address, vault.openbao.root_token) as scene:
        await scene.lose(lambda: goes(vault))
        await scene.spends_nothing()
        await comes_back(vault)
        await scene.everything_is_in_vault()


async def test_r7_what_comes_while_a_cluster_has_no_leader_ends_in_vault(
    postgres_server: PostgresServer, provider: StrictProvider, tmp_path: Path
) -> None:
    async with (
        a_raft_cluster(tmp_path) as cluster,
        a_scene(postgres_server, provider, cluster.balancer.url, cluster.keys.root_token) as scene,
    ):
        await scene.lose(cluster.kill_leader)
        await cluster.until_led()
        await scene.everything_is_in_vault()


async def test_r7_killed_with_its_grant_sealed_another_replica_drains_it(
    postgres_server: PostgresServer, provider: StrictProvider, vault: OwnVault, tmp_path: Path
) -> None:
    folders = [tmp_path / name for name in ("one", "other")]
    for folder in folders:
        folder.mkdir()
    async with a_vault_mount(vault.openbao.address, vault.openbao.root_token) as mount:
        with (
            postgres_server.database() as dsn,
            served(dsn, mount, folders[0], SWITCHBOARD_JOBS="false") as one,
            served(dsn, mount, folders[1]) as other,
        ):
            async with a_setting(one.service, provider, relay=True) as relay:
                started, callback = await relay.relayed()
                await relay.script(hold_token=True)
                under_way = asyncio.create_task(relay.caller.callback(callback))
                await provider.until_held(relay.client_id)
                vault.freeze()
                await provider.release(relay.client_id)
                answered(await under_way, 201)
                one.kill()
                await vault.thaw()
                await drained_by_somebody(dsn)
                async with other.service.caller(organisation_id=relay.caller.organisation_id) as caller:
                    connection = (await caller.flow(started["flowId"]))["connectionId"]
                    token = answered(await caller.token(connection))["access_token"]
                [grant] = (await provider.ledger(relay.client_id)).grants
                assert token == grant.access_token
