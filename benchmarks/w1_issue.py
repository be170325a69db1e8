"""W1, issue: tokens from memory over HTTP, against a raw read of the same secrets from OpenBao."""

import asyncio

import aiohttp
import attrs
import httpx

from benchmarks.children import Work, cost
from benchmarks.generator import closed_loop, generator
from benchmarks.load import Load
from benchmarks.population import Copied, zipf
from benchmarks.rows import Outcome, Plot, Row, Runs, at_least, at_most, distribution, percentile
from benchmarks.scene import CALLERS, Scene, World
from benchmarks.stage import CORES

_DRAWS = 40_000
_P99 = 0.99


async def run(world: World) -> Outcome:
    """The two sides in turns, after each service process has the tokens in memory."""
    scene, scale = await world.scene(), world.scale
    ours, raw = loads(scene), _raw(scene)
    await asyncio.gather(*(_remembered(service.service.public_url, scene) for service in scene.services))
    await closed_loop(ours, seconds=scale.seconds)
    wrong = await _wrong_answers(scene)
    turns = [
        (await closed_loop(ours, seconds=scale.seconds), await closed_loop(raw, seconds=scale.seconds))
        for _ in range(scale.runs)
    ]
    profile = await world.profile("W1", closed_loop(ours, seconds=scale.profile_seconds))
    outcome = _outcome([turn[0] for turn in turns], [turn[1] for turn in turns], wrong)
    return attrs.evolve(outcome, profile=profile)


async def _remembered(url: str, scene: Scene) -> None:
    """Have a service process look up every token once: else the rare ones are looked up while it is measured."""
    left = map(Copied, range(scene.connections))
    key = {"Authorization": f"Bearer {scene.tenant.key}"}

    async def ask(http: aiohttp.ClientSession) -> None:
        for copied in left:
            async with http.post(scene.tenant.token_target(copied.id), headers=key) as response:
                response.raise_for_status()

    async with aiohttp.ClientSession(url) as http:
        await asyncio.gather(*(ask(http) for _ in range(CALLERS)))


def loads(scene: Scene) -> list[Load]:
    """The callers of each service process: the same connections, each drawn in an order of its own."""
    drawn = (zipf(scene.connections, draws=_DRAWS, seed=seed) for seed in range(CORES))
    return scene.loads("POST", [[scene.tenant.token_target(copied.id) for copied in draw] for draw in drawn])


def _raw(scene: Scene) -> list[Load]:
    below = f"/v1/{scene.stage.vault.mount}/data/{scene.tenant.organisation_id}/credentials"
    return [
        Load(
            url=scene.stage.vault.address,
            method="GET",
            targets=[f"{below}/{copied.credential_id}" for copied in zipf(scene.connections, draws=_DRAWS, seed=seed)],
            header=("X-Vault-Token", scene.stage.vault.root_token.reveal()),
            connections=CALLERS // CORES,
        )
        for seed in range(CORES)
    ]


async def _wrong_answers(scene: Scene) -> int:
    """How many of some answers are not the token that is in Vault, or are given to a stranger."""
    wrong, stage, tenant = 0, scene.stage, scene.tenant
    for service in scene.services:
        async with httpx.AsyncClient(base_url=service.service.public_url) as http:
            for copied in zipf(10, draws=10, seed=0):
                path = f"{stage.vault.mount}/data/{tenant.organisation_id}/credentials/{copied.credential_id}"
                _, kept = await stage.vault.as_root("GET", path)
                target, key = tenant.token_target(copied.id), {"Authorization": f"Bearer {tenant.key}"}
                answered = (await http.post(target, headers=key)).json()
                wrong += answered.get("access_token") != kept["data"]["data"]["access_token"]
                wrong += (await http.post(target)).status_code != httpx.codes.UNAUTHORIZED
    return wrong


def _outcome(ours: list[Work], raw: list[Work], wrong: int) -> Outcome:
    errors = wrong + sum(work.errors for work in (*ours, *raw))
    told = (
        f"{sum(work.done for work in ours):,} requests, {errors} errors, 0 retries; {generator()}, "
        f"idle {100 * min(work.idle for work in ours):.0f} %; {cost('ours', ours)}; {cost('reference', raw)}"
    )
    rows = [
        Row(
            workload="W1 issue, requests/s",
            ours=Runs([work.rate for work in ours]),
            reference=Runs([work.rate for work in raw]),
            goal=at_least(3),
            errors=errors,
            told=told,
        ),
        Row(
            workload="W1 issue, p99 in ms",
            ours=Runs([1000 * percentile(work.seconds, _P99) for work in ours]),
            reference=Runs([1000 * percentile(work.seconds, _P99) for work in raw]),
            goal=at_most(0.5),
            errors=errors,
            told="",
        ),
    ]
    curves = [distribution("switchboard", ours[0].seconds), distribution("OpenBao, KV read", raw[0].seconds)]
    plot = Plot(file="w1-issue", title="W1: how long an answer takes", x="percentile", y="ms", curves=curves)
    return Outcome(rows=rows, plots=[plot])
