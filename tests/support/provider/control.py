"""`/control`: how a test registers clients, scripts them, lets held requests go and reads the ledger."""

import msgspec
from aiohttp import web

from tests.support.provider.answers import json_answer
from tests.support.provider.clients import ProviderClient
from tests.support.provider.state import PROVIDER


async def register(request: web.Request) -> web.Response:
    request.app[PROVIDER].clients.register(msgspec.json.decode(await request.read(), type=ProviderClient))
    return web.Response(status=204)


async def script(request: web.Request) -> web.Response:
    """Change one client's behaviour; a change that cannot be is a 400 that says why."""
    changes = msgspec.json.decode(await request.read())
    try:
        behaviour = request.app[PROVIDER].clients.script(request.match_info["client_id"], changes)
    except KeyError:
        return web.Response(status=400, text="No such client.")
    except ValueError as error:
        return web.Response(status=400, text=str(error))
    return json_answer(behaviour)


async def release(request: web.Request) -> web.Response:
    return json_answer(request.app[PROVIDER].holds.release(request.match_info["client_id"]))


async def wait_until_held(request: web.Request) -> web.Response:
    """Answer once `count` of the client's requests wait."""
    await request.app[PROVIDER].holds.until_held(request.match_info["client_id"], int(request.query["count"]))
    return web.Response(status=204)


async def show_ledger(request: web.Request) -> web.Response:
    provider = request.app[PROVIDER]
    return json_answer(provider.records.ledger(provider.grants.all, request.query.get("client_id")))
