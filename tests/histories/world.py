"""Three replicas on shared stores in memory, and a rotating provider: what a history is made of."""

import asyncio
from collections.abc import Coroutine
from hashlib import sha256
from typing import Any

import attrs
from dependency_injector import providers

from adapters.memory.hints import MemoryHints
from adapters.memory.sealer import MemorySealer
from app.container import Container
from app.settings import Settings
from domain.apps import App
from domain.connections import ConnectionStatus
from domain.flows import AuthorizationFlow, ByRelay
from domain.ids import ConnectionId, CredentialId
from domain.lists import ListQuery
from domain.oauth.authorization_code import Callback
from domain.oauth.pkce import code_challenge
from domain.ports import SecretKind, SecretPath
from domain.secret import Secret
from tests.contract.stores import Stores, memory_stores
from tests.histories.calls import Call, Calls, How, Replica, Waiting
from tests.histories.guards import Guard, leases_without, secrets_without, take_out
from tests.histories.provider import RotatingProvider
from tests.histories.virtual_time import VirtualClock, VirtualLoop
from tests.histories.witness import Witness
from tests.support.domain_examples import a_relay_flow, an_app, an_oauth2_config, an_organisation
from tests.support.provider.grants import Grant

SETTINGS = Settings(public_url="http://127.0.0.1:8080")
POSTGRES = (
    "organisations",
    "apps",
    "flows",
    "connections",
    "credentials",
    "connection_records",
    "sealed_grants",
    "leases",
    "incidents",
)
LEASE_SECONDS = 60
JOBS = ("sealed_grants", "credentials", "flows", "deletions")
VAULT = ("vault_secrets", "sealer")


_FREE: list[Container] = []
"""Containers that no replica is made of any more: to make one costs more than a history does."""


@attrs.define(eq=False)
class Running:
    """A replica with its container and the work that it has in hand."""

    replica: Replica
    container: Container
    tasks: "list[asyncio.Task[Any]]" = attrs.field(factory=list)


@attrs.define(eq=False)
class Connecting:
    """A flow at the provider's, consented to."""

    flow: AuthorizationFlow
    grant: Grant
    code: str

    def callback(self) -> Callback:
        assert self.flow.state is not None
        return Callback(state=self.flow.state, code=Secret(self.code))

    def presenter(self) -> ByRelay:
        return ByRelay(self.flow.principal_id)


class World:
    """The stores, the provider, and three replicas of which any may be replaced."""

    def __init__(self, without: Guard | None = None) -> None:
        self.without = without
        self.loop = VirtualLoop()
        clock = VirtualClock(self.loop)
        self.calls = Calls()
        self.stores: Stores = memory_stores(clock)
        self.leases = leases_without(without, self.stores.leases)
        self.secrets, self.sealer = secrets_without(without), MemorySealer()
        self.organisation = an_organisation()
        self.app: App = an_app(self.organisation)
        self.provider = RotatingProvider(clock, an_oauth2_config().client_id)
        self.clock = clock
        self.witness = Witness(self.is_durable, self.provider.answers)
        self.provider.is_shown = self.witness.shown
        self.calls.begins = self.witness.begins
        self.calls.done = self.witness.done
        self.calls.heard = self.witness.heard
        self.loop.at_once(self._begin())
        self.replicas = [self._replica(name) for name in "abc"]
        self.gone: list[Running] = []

    async def _begin(self) -> None:
        await self.stores.organisations.add(self.organisation)
        await self.stores.apps.add(self.app)
        await self.secrets.write(SecretPath(self.organisation.id, SecretKind.APP, self.app.id), {}, version=0)

    def _replica(self, name: str) -> Running:
        replica = Replica(name)
        container = _FREE.pop() if _FREE else Container(settings=SETTINGS)
        for provider in container.providers.values():
            if isinstance(provider, providers.Singleton):
                provider.reset()  # one by one: to have the container do it walks every provider
        ports: dict[str, Any] = {
            "vault_secrets": self.secrets,
            "sealer": self.sealer,
            "exchanger": self.provider,
            **{port: getattr(self.stores, port) for port in POSTGRES if hasattr(container, port)},
            "leases": self.leases,
        }
        for port, beneath in ports.items():
            ports[port] = Waiting(beneath, port, replica, self.calls)
        take_out(self.without, container, ports)
        for port, stand_in in {
            **ports,
            "clock": self.clock,
            "hints": MemoryHints(silent=True),
            "events": _Silence(),
        }.items():
            getattr(container, port).reset_override()
            getattr(container, port).override(providers.Object(stand_in))
        return Running(replica, container)

    def begin_flow(self) -> Connecting:
        """A relay's flow whose owner has approved."""
        flow = self.loop.at_once(self.stores.flows.add(a_relay_flow(self.organisation, self.app), seconds_to_live=600))
        assert flow.code_verifier is not None
        grant, code = self.provider.consent(flow, code_challenge(flow.code_verifier))
        return Connecting(flow, grant, code)

    def start(self, running: Running, work: Coroutine[Any, Any, Any]) -> "asyncio.Task[Any]":
        """Have the replica begin this work, up to its first calls."""
        task = self.loop.create_task(work)
        running.tasks.append(task)
        task.add_done_callback(_taken_note_of)
        self.loop.settle()
        return task

    def go_on(self, call: Call, how: How) -> None:
        """Let a call go on, and all that then can up to its next calls."""
        self.calls.go_on(call, how)
        self.loop.settle()
        if call.port == "exchanger" and how in {How.REFUSED, How.UNHEARD}:
            self.witness.excuse(*self.issued())  # the provider's answer is lost

    def crash(self, running: Running) -> None:
        """Kill it, and start another in its place. A grant that it alone had is in the window."""
        self.calls.crash(running.replica)
        self.witness.excuse(*self.issued())
        self.witness.forget(running.replica)
        self.gone.append(running)
        self.replicas[self.replicas.index(running)] = self._replica(running.replica.name)
        self.loop.settle()

    def time_passes(self, seconds: float) -> None:
        """For all, also for who stands still: what it alone has for longer than a lease lasts is in the window."""
        self.loop.pass_by(seconds)
        now = self.loop.time()
        for grant in self.issued():
            if now - self.provider.issued_at[grant.grant_id] >= LEASE_SECONDS and self._is_worked_on(grant):
                self.witness.excuse(grant)

    def leases_lapse(self) -> None:
        """By the database's clock: their holders stand still, and what they alone have is in the window."""
        for row in self.leases._rows.values():
            row.held_until = None
        self.witness.excuse(*self.issued())

    def issued(self) -> list[Grant]:
        """The grants that brought a token."""
        return [grant for grant in self.provider.grants.all if grant.access_token is not None]

    def is_excused(self, grant: Grant) -> bool:
        """Whether its newest refresh token was in the window once."""
        return grant.refresh_token in self.witness.in_window

    def was_in_window(self, grant: Grant) -> bool:
        """Whether any refresh token of it was."""
        tokens = filter(None, self.witness.in_window)
        return any(self.provider.grants.concerned({"refresh_token": token}) is grant for token in tokens)

    def is_durable(self, grant: Grant) -> bool:
        """Whether its newest refresh token is in Vault, or sealed."""
        sealed = self.sealer._documents.values()
        kept = [stored.document for stored in self.secrets._documents.values()]
        return any(_holds(document, grant) for document in (*kept, *sealed))

    def is_in_vault(self, grant: Grant) -> bool:
        return any(_holds(stored.document, grant) for stored in self.secrets._documents.values())

    def credentials_in_vault(self) -> set[CredentialId]:
        """The ids of the credentials whose document is there."""
        return {path.id for path in self.secrets._documents if isinstance(path.id, CredentialId)}

    def recorded(self) -> set[CredentialId]:
        """The ids of the credentials that connections have, as Postgres says."""
        page = self.loop.at_once(self.stores.connections.list(self.organisation.id, ListQuery(first=100)))
        return {connection.credential_id for connection in page.items}

    def sealed(self) -> int:
        """How many grants wait sealed."""
        return self.loop.at_once(self.stores.sealed_grants.backlog()).waiting

    def finish(self) -> None:
        """All goes on, well, to its end."""
        self.calls.down.clear()
        for _ in range(1000):
            if not self.calls.waiting:
                return
            self.go_on(self.calls.waiting[0], How.WELL)
        raise AssertionError(f"it does not end: {self.calls.noted[-20:]}")

    def finished(self, running: Running, work: Coroutine[Any, Any, Any], *, seconds: float = 60) -> Any:
        """What comes of this work where all goes well; an exception is an answer too."""
        task = self.start(running, work)
        for _ in range(int(seconds * 10)):
            self.finish()
            if task.done():
                break
            self.loop.pass_by(0.1)
        assert task.done(), "it does not end"
        return task.exception() or task.result()

    def run_jobs(self) -> None:
        """Each job once, at the first replica."""
        for name in JOBS:
            self.finished(self.replicas[0], self.replicas[0].container.jobs.kwargs[name]()())

    def close(self) -> None:
        """End what is left of every replica."""
        for running in (*self.replicas, *self.gone):
            running.replica.is_alive = False
        for task in asyncio.all_tasks(self.loop):
            task.cancel()
        self.loop.pass_by(3600)
        for task in asyncio.all_tasks(self.loop):
            task.cancel()
        self.loop.pass_by(3600)
        self.loop.close()
        _FREE.extend(running.container for running in (*self.replicas, *self.gone))

    def _is_worked_on(self, grant: Grant) -> bool:
        """Whether the replica that asked for it is still at something; else nobody stands still who has it."""
        asked = self.witness.asker(grant)
        return any(bool(at.container.in_flight()._tasks) for at in self.replicas if at.replica is asked)

    def status(self, connection: ConnectionId) -> ConnectionStatus:
        return self.loop.at_once(self.stores.connections.get(self.organisation.id, connection)).status

    def rejected(self) -> str | None:
        """What to say of the access token that Vault has, if it has one, so that it is refreshed."""
        tokens = [stored.document.get("access_token") for stored in self.secrets._documents.values()]
        return next((sha256(token.reveal().encode()).hexdigest() for token in tokens if token is not None), None)


def _taken_note_of(task: "asyncio.Task[Any]") -> None:
    """What comes of it need not concern anybody."""
    if not task.cancelled():
        task.exception()


def _holds(document: Any, grant: Grant) -> bool:
    held = document.get("refresh_token")
    return held is not None and held.reveal() == grant.refresh_token


class _Silence:
    def note(self, event: str, **fields: str) -> None:
        """Nobody listens."""
