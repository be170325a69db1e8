"""W4, growth: what each thing costs with a thousand connections, and with a million; both are asked in turns."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from urllib.parse import parse_qs, urlsplit

import attrs
import httpx
import psycopg

from adapters.postgres.credentials import PostgresCredentialStore
from adapters.postgres.flows import PostgresFlowStore
from adapters.postgres.pool import Pool, open_pool
from app.use_cases.sweep_credentials import SweepCredentials
from benchmarks.floors.grants import ATTEMPT, fingerprint
from benchmarks.population import Copied, populate
from benchmarks.rows import Curve, Outcome, Plot, Row, Runs, at_most
from benchmarks.scene import World
from benchmarks.stage import Machine, Stage
from benchmarks.tenant import Tenant, a_tenant
from domain.ids import AttemptId
from domain.secret import Secret

_FEW = 1000
_DUE = 100
_SWEEPS = 9
_EXPIRE = "UPDATE credentials SET expires_at = clock_timestamp() WHERE id = ANY (%(ids)s)"

Question = Callable[[int], Awaitable[float]]
"""The seconds that the n-th asking took."""


@attrs.frozen(kw_only=True)
class Side:
    """An organisation with so many connections, of which some are asked for."""

    stage: Stage
    tenant: Tenant
    pool: Pool
    asked: list[Copied]
    swept: list[Copied]

    def questions(self) -> Mapping[str, Question]:
        """By the names of their rows."""
        return {"issue, cold": self._issue, "issue, warm": self._issue, "claim": self._claim, "page": self._page}

    async def _issue(self, number: int) -> float:
        target = self.tenant.token_target(self.asked[number].id)
        return await _timed(lambda: self._answered("POST", target))

    async def _page(self, _: int) -> float:
        return await _timed(lambda: self._answered("GET", self.tenant.below("connections")))

    async def _claim(self, _: int) -> float:
        """As a callback does it: find the flow by its state, and take it."""
        [state] = parse_qs(urlsplit(await self.tenant.callback()).query)["state"]
        flows = PostgresFlowStore(self.pool)

        async def claim() -> None:
            flow = await flows.find_by_state(Secret(state))
            assert flow is not None
            await flows.claim(flow, answer_fingerprint=fingerprint(), attempt=AttemptId(ATTEMPT), seconds_to_finish=50)

        return await _timed(claim)

    async def sweep(self, number: int) -> float:
        """The job of expired credentials, with so many that are due."""
        ids = [copied.credential_id for copied in self.swept[number * _DUE : (number + 1) * _DUE]]
        await asyncio.to_thread(self._expire, ids)
        sweep = SweepCredentials(
            credentials=PostgresCredentialStore(self.pool), secrets=self.stage.vault.store(replica="sweep")
        )
        return await _timed(sweep)

    def _expire(self, ids: list[str]) -> None:
        with psycopg.connect(self.stage.superuser_dsn.reveal(), autocommit=True) as connection:
            connection.execute(_EXPIRE, {"ids": ids})

    async def _answered(self, method: str, target: str) -> None:
        (await self.tenant.http.request(method, target)).raise_for_status()


async def run(world: World) -> Outcome:
    """Each question to the small side and to the large one, in turns."""
    rounds, sweeps, many = world.scale.rounds, min(_SWEEPS, world.scale.rounds), world.scale.many
    errors: list[httpx.HTTPError] = []
    async with _side(world.machine, _FEW, rounds) as few, _side(world.machine, many, rounds) as large:
        measured: dict[str, list[tuple[float, float]]] = {}
        pairs = zip(few.questions().items(), large.questions().values(), strict=True)
        for (name, of_few), of_many in pairs:
            measured[name] = [pair async for pair in _in_turns(of_few, of_many, rounds, errors)]
        name = f"sweep of {_DUE} due"
        measured[name] = [pair async for pair in _in_turns(few.sweep, large.sweep, sweeps, errors)]
    return _outcome(measured, many, rounds, len(errors))


async def _in_turns(
    of_few: Question, of_many: Question, rounds: int, errors: list[httpx.HTTPError]
) -> AsyncIterator[tuple[float, float]]:
    for number in range(rounds):
        try:
            yield await of_few(number), await of_many(number)
        except httpx.HTTPError as error:
            errors.append(error)


async def _timed(ask: Callable[[], Awaitable[object]]) -> float:
    began = time.perf_counter()
    await ask()
    return time.perf_counter() - began


@asynccontextmanager
async def _side(machine: Machine, connections: int, rounds: int) -> AsyncIterator[Side]:
    async with AsyncExitStack() as stack:
        stage = await stack.enter_async_context(machine.stage())
        service = stack.enter_context(stage.serving())
        tenant = await stack.enter_async_context(a_tenant(service, stage.provider))
        asked = [Copied(number * (connections // rounds)) for number in range(rounds)]
        await populate(stage, tenant, rows=connections, secrets_of=asked)
        touched = set(asked)
        swept = [copied for copied in map(Copied, range(_SWEEPS * _DUE + rounds)) if copied not in touched]
        pool = await stack.enter_async_context(open_pool(stage.dsn, max_size=2))
        yield Side(stage=stage, tenant=tenant, pool=pool, asked=asked, swept=swept)


def _outcome(measured: Mapping[str, list[tuple[float, float]]], many: int, rounds: int, errors: int) -> Outcome:
    rows: list[Row] = []
    curves: list[Curve] = []
    for name, pairs in measured.items():
        few, large = (Runs([1000 * pair[side] for pair in pairs]) for side in (0, 1))
        told = f"{rounds} rounds, {errors} errors, 0 retries; reference: {_FEW:,}" if not rows else ""
        rows.append(
            Row(
                workload=f"W4 growth, {name}, p50 in ms at {many:,}",
                ours=Runs([large.median]),
                reference=Runs([few.median]),
                goal=at_most(1.2),
                errors=errors,
                told=told,
            )
        )
        curves.append(Curve(name=name, points=[(_FEW, few.median), (many, large.median)]))
    title = "W4: p50 by how many connections there are"
    return Outcome(rows=rows, plots=[Plot(file="w4-growth", title=title, x="connections", y="ms", curves=curves)])
