"""Two replicas with failpoints on one Postgres and one Vault; these and the provider stand behind a faulty network."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import attrs
import httpx
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from adapters.postgres.migrator import PostgresMigrator
from adapters.postgres.pool import Pool, open_pool
from domain.secret import Secret
from tests.support.failpoints import FailingService, failing_service
from tests.support.network import TcpProxy, a_proxy
from tests.support.provider import StrictProvider
from tests.support.servers import PostgresServer
from tests.support.service import Caller, Setting, a_setting
from tests.support.tls import TLS
from tests.support.vault import VaultMount


@attrs.frozen
class World:
    """What a fault is set loose in.

    Attributes:
        victim: The replica that meets the faults.
        rescuer: The one that goes on meanwhile.
        pool: To look into Postgres by, past the network.
        mount: To look into Vault by, past the network.

    """

    victim: FailingService
    rescuer: FailingService
    postgres: TcpProxy
    vault: TcpProxy
    provider_network: TcpProxy
    provider: StrictProvider
    pool: Pool
    mount: VaultMount

    @asynccontextmanager
    async def relay(self) -> AsyncIterator[Setting]:
        """A new organisation with an app at the provider, spoken to at the victim."""
        token_endpoint = f"{self.provider_network.url}/token"
        async with a_setting(self.victim.service, self.provider, relay=True, tokenEndpoint=token_endpoint) as relay:
            relay.caller.http.event_hooks = {}  # what a cancelled request is answered is no answer of ours
            yield relay

    @asynccontextmanager
    async def at_rescuer(self, caller: Caller) -> AsyncIterator[Caller]:
        """The same caller at the other replica."""
        url, headers = self.rescuer.service.public_url, caller.http.headers
        async with httpx.AsyncClient(base_url=url, headers=headers, verify=TLS, timeout=30) as http:
            yield attrs.evolve(caller, http=http)

    async def well_again(self) -> None:
        """Nothing fails any more, and both replicas are ready."""
        for network in (self.postgres, self.vault, self.provider_network):
            network.comes_back()
        for replica in (self.victim, self.rescuer):
            await replica.well_again()


@asynccontextmanager
async def a_world(
    postgres_server: PostgresServer, mount: VaultMount, provider: StrictProvider, folder: Path
) -> AsyncIterator[World]:
    async with AsyncExitStack() as stack:
        dsn = stack.enter_context(postgres_server.database())
        PostgresMigrator(dsn).migrate()
        postgres = await stack.enter_async_context(_network_of_postgres(dsn))
        vault = await stack.enter_async_context(_network_of_http(mount.address))
        provider_network = await stack.enter_async_context(_network_of_http(provider.issuer))
        through = Secret(make_conninfo(dsn.reveal(), host="127.0.0.1", port=postgres.port))
        reached = attrs.evolve(mount, address=vault.url)
        victim, rescuer = [
            stack.enter_context(failing_service(through, reached, _folder(folder / name)))
            for name in ("victim", "rescuer")
        ]
        for replica in (victim, rescuer):
            await replica.until_ready()
        pool = await stack.enter_async_context(open_pool(dsn))
        yield World(victim, rescuer, postgres, vault, provider_network, provider, pool, mount)


def _folder(path: Path) -> Path:
    path.mkdir()
    return path


@asynccontextmanager
async def _network_of_postgres(dsn: Secret) -> AsyncIterator[TcpProxy]:
    address = conninfo_to_dict(dsn.reveal())
    async with a_proxy(str(address["host"]), int(address.get("port") or 5432)) as proxy:
        yield proxy


@asynccontextmanager
async def _network_of_http(url: str) -> AsyncIterator[TcpProxy]:
    address = urlsplit(url)
    async with a_proxy(address.hostname or "127.0.0.1", address.port or 80) as proxy:
        yield proxy
