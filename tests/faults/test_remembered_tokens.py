"""Keys and tokens in a replica's memory: what another replica revokes or renews, and what holds without Postgres."""

import hashlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, cast

import attrs
import httpx
import pytest

from app.asgi import create_service
from app.container import Container, opened
from app.use_cases.known_principals import memory_key
from domain.secret import Secret
from tests.integration.postgres.line import Line, a_line_to
from tests.support.provider import StrictProvider
from tests.support.service import Service, Setting, a_setting, answered, refused
from tests.support.waiting import until


@attrs.frozen
class Replica:
    """Another process's part of the service, here; its way to Postgres is a line that a test can cut."""

    container: Container
    http: httpx.AsyncClient
    line: Line
    path: str

    async def token(self, **body: object) -> httpx.Response:
        return await self.http.post(self.path, json=body or None)

    @property
    def key(self) -> str:
        return memory_key("bearer", Secret(self.http.headers["Authorization"].removeprefix("Bearer ")))

    def remembers(self) -> bool:
        """Whether the next answer asks nobody."""
        connection = self.path.split("/")[-2]
        known = self.container.known_principals().get(self.key)
        return known is not None and self.container.current_grants().get(connection, minimum_validity=60) is not None

    async def until_it_remembers(self) -> str:
        """The token that it remembers."""

        async def asked_and_remembers() -> bool:
            answered(await self.token())
            return self.remembers()

        await until(asked_and_remembers)
        return str(answered(await self.token())["access_token"])


@pytest.fixture
async def setting(service: Service, provider: StrictProvider) -> AsyncIterator[Setting]:
    async with a_setting(service, provider, relay=True) as setting:
        yield setting


@asynccontextmanager
async def a_replica_of(service: Service, setting: Setting, **settings: Any) -> AsyncIterator[Replica]:
    path = setting.caller.below(f"connections/{await setting.connection()}/token")
    async with a_line_to(service.dsn) as line:
        told = attrs.evolve(service.container.settings(), database_url=line.dsn, **settings)
        container = Container(settings=told)
        transport = httpx.ASGITransport(app=cast("Any", create_service(container)))
        headers = {"Authorization": setting.caller.http.headers["Authorization"]}
        async with (
            opened(container),
            httpx.AsyncClient(transport=transport, base_url=service.public_url, headers=headers) as http,
        ):
            try:
                yield Replica(container, http, line, path)
            finally:
                line.mend()


async def delete_the_key(service: Service, setting: Setting) -> None:
    keys = f"/v1alpha1/organisations/{setting.caller.organisation_id}/api-keys"
    async with service.http(service.admin_key.reveal()) as admin:
        [key] = answered(await admin.get(keys))["items"]
        answered(await admin.delete(f"{keys}/{key['id']}"))


async def test_c60_a_key_deleted_at_one_replica_is_forgotten_by_the_other(service: Service, setting: Setting) -> None:
    async with a_replica_of(service, setting) as replica:
        await replica.until_it_remembers()
        await delete_the_key(service, setting)
        memory = replica.container.known_principals().memory
        await until(lambda: memory.last(replica.key) is None)  # by the hint: nothing else drops it
        refused(await replica.token(), 401, "unauthorized")


async def test_a_connection_deleted_at_one_replica_is_gone_at_the_other(service: Service, setting: Setting) -> None:
    async with a_replica_of(service, setting) as replica:
        await replica.until_it_remembers()
        connection = replica.path.split("/")[-2]
        answered(await setting.caller.delete(f"connections/{connection}"))
        await until(lambda: replica.container.current_grants().memory.last(connection) is None)
        refused(await replica.token(), 404, "not_found")


async def test_a_refresh_at_one_replica_is_the_others_next_answer(service: Service, setting: Setting) -> None:
    async with a_replica_of(service, setting) as replica:
        old = await replica.until_it_remembers()
        rejected = hashlib.sha256(old.encode()).hexdigest()
        renewed = answered(await setting.caller.http.post(replica.path, json={"rejected": rejected}))["access_token"]

        async def is_new() -> bool:
            return bool(answered(await replica.token())["access_token"] == renewed != old)

        await until(is_new)
        assert await setting.refreshes() == 1


async def test_while_no_hint_is_heard_each_use_asks_postgres(service: Service, setting: Setting) -> None:
    async with (
        a_line_to(service.dsn) as hints_line,
        a_replica_of(service, setting, hints_database_url=hints_line.dsn) as replica,
    ):
        await replica.until_it_remembers()
        hints_line.freeze()
        await until(lambda: not replica.remembers())
        answered(await replica.token())
        await delete_the_key(service, setting)
        refused(await replica.token(), 401, "unauthorized")
        hints_line.mend()


async def test_without_hints_tokens_are_issued_and_nothing_is_believed_unasked(
    service: Service, setting: Setting
) -> None:
    async with a_replica_of(service, setting, hints=False) as replica:
        answered(await replica.token())
        assert not replica.remembers()
        await delete_the_key(service, setting)
        refused(await replica.token(), 401, "unauthorized")


@pytest.mark.parametrize("trouble", [Line.cut, Line.freeze])
async def test_r1_without_postgres_what_is_remembered_is_served_and_with_it_remembered_again(
    trouble: Callable[[Line], None], service: Service, setting: Setting
) -> None:
    async with a_replica_of(service, setting) as replica:
        token = await replica.until_it_remembers()
        trouble(replica.line)
        await until(lambda: not replica.remembers())
        for _ in range(3):
            assert answered(await replica.token(minimumValidity=1))["access_token"] == token
        replica.line.mend()
        assert await replica.until_it_remembers() == token


async def test_r1_beyond_the_grace_nothing_is_served_until_postgres_is_back(service: Service, setting: Setting) -> None:
    async with a_replica_of(service, setting, memory_grace=0.0) as replica:
        token = await replica.until_it_remembers()
        replica.line.cut()
        await until(lambda: not replica.remembers())
        refused(await replica.token(), 503, "storage_unavailable")
        replica.line.mend()
        assert await replica.until_it_remembers() == token
