"""The clean page in a real browser: its opener is told, by the page's own policy, at the exact origin (C20, C21)."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiohttp import web
from litestar import Response

from app.http.wire.flows import FlowBody
from app.pages.opener import Told
from app.pages.rendering import WITH_SCRIPT, page
from domain.flows import FlowStatus
from tests.browser.chromium import EXECUTABLE, chromium
from tests.browser.site import Site
from tests.unit.domain.examples import a_flow

pytestmark = pytest.mark.skipif(EXECUTABLE is None, reason="no Chromium is installed: apt-get install chromium")

_SECONDS = 60
# It opens a window for each path, the next once the one before was heard of, and hands on all that it is told.
_OPENER = """<!doctype html><title>opener</title><script>
const paths = %s;
addEventListener("message", async event => {
  await fetch("/told", {method: "POST", body: JSON.stringify({origin: event.origin, data: event.data})});
  if (paths.length) open(paths.shift());
});
open(paths.shift());
</script>"""


def shown(message: dict[str, Any], origins: list[str]) -> web.Response:
    """The clean page as it is answered, with its real headers."""
    flow = a_flow(status=FlowStatus.CONNECTED)
    told = Told(msgspec.json.encode(origins).decode(), msgspec.json.encode(message).decode())
    rendered: Response[str] = page(
        "result.html", headers=WITH_SCRIPT, flow=flow, outcome=FlowBody.of(flow), request_id="r", told=told
    )
    return web.Response(text=rendered.content, content_type="text/html", headers=rendered.headers)


async def test_c21_the_opener_is_told_once_at_its_own_origin_and_nobody_else(tmp_path: Path) -> None:
    heard: asyncio.Queue[Any] = asyncio.Queue()
    opener, pages = Site(web.Application()), Site(web.Application())

    async def tell(request: web.Request) -> web.Response:
        heard.put_nowait(await request.json())
        return web.Response()

    async def open_windows(_: web.Request) -> web.Response:
        windows = msgspec.json.encode([f"{pages.origin}/first", f"{pages.origin}/last"]).decode()
        return web.Response(text=_OPENER % windows, content_type="text/html")

    async def show(request: web.Request) -> web.Response:
        # Were the first origin not compared, the first window would be heard of twice before the last one opens.
        origins = ["http://127.0.0.1:1", "https://acme.example", opener.origin]
        return shown({"success": True, "connection": {"id": request.path, "name": "</script>"}}, origins)

    opener.app.router.add_get("/", open_windows)
    opener.app.router.add_post("/told", tell)
    pages.app.router.add_get("/first", show)
    pages.app.router.add_get("/last", show)
    async with AsyncExitStack() as stack:
        for site in (opener, pages):
            await stack.enter_async_context(site.served())
        await stack.enter_async_context(chromium(f"{opener.origin}/", profile=tmp_path))
        async with asyncio.timeout(_SECONDS):
            told = [await heard.get() for _ in range(2)]
    assert told == [
        {"origin": pages.origin, "data": {"success": True, "connection": {"id": path, "name": "</script>"}}}
        for path in ("/first", "/last")
    ]
