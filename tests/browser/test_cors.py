"""CORS as a real browser holds to it: a page of an app's allowed origin reads the API, and a foreign page does not."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from aiohttp import web

from tests.browser.chromium import EXECUTABLE, chromium
from tests.browser.site import Site
from tests.integration.http.asking import an_app
from tests.support.servers import PostgresServer, VaultServer
from tests.support.service import Service, a_service, answered
from tests.support.vault import a_vault_mount

pytestmark = pytest.mark.skipif(EXECUTABLE is None, reason="no Chromium is installed: apt-get install chromium")

_SECONDS = 60
# It asks for each address with its bearer, so that the browser asks by a preflight first, and tells what it could read.
_PAGE = """<!doctype html><title>page</title><script>
(async () => {
  const told = [];
  for (const [url, options] of %s) {
    try {
      const answer = await fetch(url, options);
      told.push([answer.status, (await answer.json()).name ?? null, answer.headers.get("X-Request-Id") !== null]);
    } catch (error) {
      told.push(error.name);
    }
  }
  await fetch("/told", {method: "POST", body: JSON.stringify([location.origin, told])});
  location = %s;
})();
</script>"""


def api(service: Service) -> web.Application:
    """The service at an origin of its own."""

    async def hand_on(request: web.Request) -> web.Response:
        headers = {name: value for name, value in request.headers.items() if name != "Host"}
        async with httpx.AsyncClient(transport=service.transport, base_url=service.public_url) as http:
            answer = await http.request(
                request.method, request.path_qs, headers=headers, content=await request.read() or None
            )
        return web.Response(status=answer.status_code, body=answer.content, headers=answer.headers)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", hand_on)
    return app


async def test_c67_a_page_of_an_allowed_origin_reads_and_a_foreign_one_does_not(
    tmp_path: Path, postgres_server: PostgresServer, vault_server: VaultServer
) -> None:
    heard: asyncio.Queue[Any] = asyncio.Queue()
    asks: list[tuple[str, dict[str, Any]]] = []
    ours, foreign = Site(web.Application()), Site(web.Application())

    async def tell(request: web.Request) -> web.Response:
        heard.put_nowait(await request.json())
        return web.Response()

    async def show(_: web.Request) -> web.Response:
        written = _PAGE % (msgspec.json.encode(asks).decode(), msgspec.json.encode(f"{foreign.origin}/").decode())
        return web.Response(text=written, content_type="text/html")

    for site in (ours, foreign):
        site.app.router.add_get("/", show)
        site.app.router.add_post("/told", tell)
    async with AsyncExitStack() as stack:
        mount = await stack.enter_async_context(a_vault_mount(vault_server.address, vault_server.token))
        service = await stack.enter_async_context(a_service(postgres_server, mount))
        caller = await stack.enter_async_context(service.caller())
        at = Site(api(service))
        for site in (ours, foreign, at):
            await stack.enter_async_context(site.served())
        app = answered(await caller.post("apps", an_app(allowedOrigins=[ours.origin])))
        bearer = {"Authorization": caller.http.headers["Authorization"]}
        url = f"{at.origin}{caller.below('apps')}/{app['id']}"
        asks += [
            (url, {"headers": bearer}),
            (url, {"headers": {"Authorization": "Bearer wrong"}}),
            (url, {"headers": bearer, "credentials": "include"}),
        ]
        await stack.enter_async_context(chromium(f"{ours.origin}/", profile=tmp_path))
        async with asyncio.timeout(_SECONDS):
            told = [await heard.get() for _ in range(2)]
    assert told == [
        [ours.origin, [[200, app["name"], True], [401, None, True], "TypeError"]],
        [foreign.origin, ["TypeError", "TypeError", "TypeError"]],
    ]
