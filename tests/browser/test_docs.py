"""The API's document in a real browser: written by the page's own script, under its own policy, from nowhere else."""

import asyncio
import json
from pathlib import Path
from typing import cast

import pytest
from aiohttp import web
from litestar import Response

from app.pages.docs import show_docs
from tests.browser.chromium import EXECUTABLE, OPTIONS

pytestmark = pytest.mark.skipif(EXECUTABLE is None, reason="no Chromium is installed: apt-get install chromium")

_DOCUMENT = Path(__file__).parents[2] / "docs/reference/openapi.json"


async def test_the_page_shows_every_operation_of_the_document(tmp_path: Path) -> None:
    asked: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(request.path)
        if request.path == "/schema/openapi.json":
            return web.Response(body=_DOCUMENT.read_bytes(), content_type="application/json")
        shown = cast("Response[str]", show_docs.fn())
        return web.Response(text=shown.content, content_type="text/html", headers=shown.headers)

    app = web.Application()
    app.router.add_get("/docs", answer)
    app.router.add_get("/schema/openapi.json", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        dom = await dumped(f"http://127.0.0.1:{runner.addresses[0][1]}/docs", profile=tmp_path)
    finally:
        await runner.cleanup()
    document = json.loads(_DOCUMENT.read_bytes())
    names = [operation["operationId"] for item in document["paths"].values() for operation in item.values()]
    assert [name for name in names if f'<section id="{name}">' not in dom] == []
    assert asked == ["/docs", "/schema/openapi.json"]


async def dumped(url: str, *, profile: Path) -> str:
    """The page when its script has ended."""
    assert EXECUTABLE is not None
    process = await asyncio.create_subprocess_exec(
        EXECUTABLE,
        *OPTIONS,
        f"--user-data-dir={profile}",
        "--virtual-time-budget=60000",
        "--dump-dom",
        url,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    written, _ = await process.communicate()
    return written.decode()
