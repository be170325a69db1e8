"""The token endpoint's answers: the right one, the right one misshapen, and those that come instead."""

import gzip
import socket
import struct
from typing import Any
from urllib.parse import quote, urlencode

import msgspec
from aiohttp import web

from tests.support.provider.behaviour import Behaviour
from tests.support.provider.grants import Issued
from tests.support.provider.refusal import Refusal

NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}  # RFC 6749 §5.1

_HUGE = 2 * 1024 * 1024


def json_answer(members: Any, *, status: int = 200) -> web.Response:
    """An answer in JSON that nobody may store."""
    body = msgspec.json.encode(members)
    return web.Response(body=body, status=status, content_type="application/json", headers=NO_STORE)


def refused(refusal: Refusal, *, challenge: bool = False) -> web.Response:
    """RFC 6749 §5.2; a client that used `Authorization` is told the scheme."""
    answer = json_answer({"error": refusal.error, "error_description": refusal.wrong}, status=refusal.status)
    if challenge:
        answer.headers["WWW-Authenticate"] = 'Basic realm="provider"'
    return answer


def token_members(issued: Issued, behaviour: Behaviour, id_token: str | None) -> dict[str, Any]:
    """RFC 6749 §5.1, with what the script changes in it."""
    members = {
        "access_token": issued.access_token,
        "token_type": "Bearer",
        "expires_in": issued.lifetime_seconds,
        "scope": issued.grant.scope,
        "refresh_token": issued.refresh_token,
        "id_token": id_token,
    }
    given = {name: value for name, value in members.items() if value is not None}
    given |= behaviour.members
    return {name: value for name, value in given.items() if name not in behaviour.without}


def shaped(members: dict[str, Any], behaviour: Behaviour) -> web.Response:
    """The answer on the wire, in the shape that the script asks for."""
    if behaviour.huge:
        members = {**members, "padding": "x" * _HUGE}
    body = urlencode(members).encode() if behaviour.form_encoded else msgspec.json.encode(members)
    content_type = "application/x-www-form-urlencoded" if behaviour.form_encoded else "application/json"
    headers = dict(NO_STORE)
    if behaviour.gzip:
        body = gzip.compress(body)
        headers["Content-Encoding"] = "gzip"
    return web.Response(body=body, content_type=content_type, headers=headers)


def replaced(behaviour: Behaviour, client_id: str) -> web.Response | None:
    """The answer that the script puts in place of a token response; None where it asks for none."""
    status = behaviour.token_status
    if behaviour.token_redirect:
        headers = {"Location": f"/canary/{quote(client_id, safe='')}", **behaviour.token_headers}
        return web.Response(status=status or 302, headers=headers)
    if behaviour.token_error is not None:
        answer = json_answer({"error": behaviour.token_error}, status=status or 400)
        answer.headers.update(behaviour.token_headers)
        return answer
    if behaviour.token_body is not None:
        body = behaviour.token_body.text.encode(behaviour.token_body.charset)
        headers = {"Content-Type": behaviour.token_body.content_type, **behaviour.token_headers}
        return web.Response(body=body, status=status or 200, headers=headers)
    if status is not None:
        return web.Response(status=status, text="The provider is not well.", headers=behaviour.token_headers)
    return None


def reset_connection(request: web.Request) -> web.Response:
    """Close with a reset, so that the client sees neither an answer nor an orderly end."""
    transport = request.transport
    if transport is not None:
        # Linger of zero seconds: the kernel sends RST instead of FIN.
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
    return web.Response()
