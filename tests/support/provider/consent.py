"""`/authorize` (RFC 6749 §3.1): ask the resource owner by a form, and send the user agent back with the answer."""

from html import escape

from aiohttp import web

from tests.support.provider.authorization import answer_url, find_client, read_authorization_request
from tests.support.provider.behaviour import Behaviour
from tests.support.provider.forms import Parameters, read_form, read_query, required
from tests.support.provider.ledger import AuthorizationSeen
from tests.support.provider.pending import Pending
from tests.support.provider.refusal import Refusal
from tests.support.provider.state import PROVIDER, Provider

DEFAULT_ACCOUNT = "alice"

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Provider</title></head><body>
{body}
</body></html>
"""
_CONSENT = """<h1>{client_id} asks for {scope}</h1>
<form method="post" action="/authorize">
<input type="hidden" name="request" value="{request}">
<label>Account <input name="account" value="{account}"></label>
<button name="decision" value="approve">Approve</button>
<button name="decision" value="deny">Deny</button>
</form>"""


async def ask(request: web.Request) -> web.Response:
    """Show the consent form, or answer at once where the script decides."""
    provider = request.app[PROVIDER]
    seen = AuthorizationSeen(client_id=request.query.get("client_id"))
    provider.records.authorization_requests.append(seen)
    try:
        seen.parameters = read_query(request)
        client = find_client(seen.parameters, provider.clients)
    except Refusal as refusal:
        seen.wrong = refusal.wrong
        return _page(f"<h1>{refusal.error}: {refusal.wrong}</h1>", status=refusal.status)
    behaviour = provider.clients.behaviour(client.client_id)
    try:
        asked = read_authorization_request(seen.parameters, client)
    except Refusal as refusal:
        seen.wrong = refusal.wrong
        answer = answer_url(
            provider.issuer, behaviour, seen.parameters, error=refusal.error, error_description=refusal.wrong
        )
        return _go(answer, status=302)
    decided = _decided(provider, behaviour, seen.parameters)
    if decided is not None:
        return _go(decided, status=302)
    return _consent_form(Pending(asked, seen.parameters), provider)


async def decide(request: web.Request) -> web.Response:
    """Take the resource owner's decision, once."""
    provider = request.app[PROVIDER]
    try:
        form = await read_form(request)
        pending = provider.consents.take(required(form, "request"))
        answer = _decision(form, pending, provider)
    except Refusal as refusal:
        return _page(f"<h1>{refusal.error}: {refusal.wrong}</h1>", status=refusal.status)
    behaviour = provider.clients.behaviour(pending.asked.client_id)
    # RFC 9700 §4.12: after a POST a 303, which never repeats the body at the client.
    return _go(answer_url(provider.issuer, behaviour, pending.parameters, **answer), status=303)


def _decided(provider: Provider, behaviour: Behaviour, parameters: Parameters) -> str | None:
    error = "access_denied" if behaviour.deny else behaviour.authorization_error
    if error is None:
        return None
    description = behaviour.authorization_error_description
    return answer_url(provider.issuer, behaviour, parameters, error=error, error_description=description)


def _decision(form: Parameters, pending: Pending, provider: Provider) -> Parameters:
    if required(form, "decision") != "approve":
        return {"error": "access_denied"}
    account = required(form, "account")
    return {"code": provider.grants.make_code(pending.asked, subject=account, now=provider.now())}


def _consent_form(pending: Pending, provider: Provider) -> web.Response:
    form = _CONSENT.format(
        client_id=escape(pending.asked.client_id),
        scope=escape(pending.asked.scope),
        request=provider.consents.add(pending),
        account=DEFAULT_ACCOUNT,
    )
    return _page(form, status=200)


def _page(body: str, *, status: int) -> web.Response:
    return web.Response(text=_PAGE.format(body=body), content_type="text/html", status=status)


def _go(location: str, *, status: int) -> web.Response:
    return web.Response(status=status, headers={"Location": location, "Cache-Control": "no-store"})
