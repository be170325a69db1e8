"""`POST /token` (RFC 6749 §3.2): authenticate, misbehave where the script says so, judge, answer, and record all of it.

The script counts for authenticated clients only: a request that is wrong in itself gets the refusal that it deserves.
"""

from contextlib import AbstractContextManager, nullcontext

import attrs
from aiohttp import web

from tests.support.provider.answers import refused, replaced, reset_connection, shaped, token_members
from tests.support.provider.authentication import authenticate, read_credentials
from tests.support.provider.behaviour import Behaviour
from tests.support.provider.clients import ProviderClient
from tests.support.provider.forms import Parameters, read_form, required
from tests.support.provider.grants import Issued
from tests.support.provider.ledger import TokenSeen, fingerprint
from tests.support.provider.refusal import Refusal
from tests.support.provider.state import PROVIDER, Provider


@attrs.frozen
class _Exchange:
    """One authenticated token request, with the script that it meets."""

    request: web.Request
    form: Parameters
    client: ProviderClient
    behaviour: Behaviour
    provider: Provider
    seen: TokenSeen


async def answer_token_request(request: web.Request) -> web.Response:
    seen = TokenSeen(accept=request.headers.get("Accept"), request_id=request.headers.get("X-Request-Id"))
    request.app[PROVIDER].records.token_requests.append(seen)
    try:
        exchange = await _begin(request, seen)
        with _in_flight(exchange):
            return await _answer(exchange)
    except Refusal as refusal:
        seen.outcome, seen.wrong = refusal.error, refusal.wrong
        return refused(refusal, challenge=refusal.error == "invalid_client" and "Authorization" in request.headers)


async def _begin(request: web.Request, seen: TokenSeen) -> _Exchange:
    provider = request.app[PROVIDER]
    form = await read_form(request)
    seen.grant_type, seen.client_id = form.get("grant_type"), form.get("client_id")
    seen.code_sha256 = fingerprint(form.get("code"))
    seen.refresh_token_sha256 = fingerprint(form.get("refresh_token"))
    credentials = read_credentials(request.headers.get("Authorization"), form)
    seen.client_id, seen.authentication = credentials.client_id, credentials.method
    client = authenticate(credentials, provider.clients.find(credentials.client_id))
    behaviour = provider.clients.behaviour_at_token_request(client.client_id)
    return _Exchange(request, form, client, behaviour, provider, seen)


def _in_flight(exchange: _Exchange) -> AbstractContextManager[None]:
    grant = exchange.provider.grants.concerned(exchange.form)
    if grant is None:
        return nullcontext()
    exchange.seen.grant_id = grant.grant_id
    return grant.in_flight()


async def _answer(exchange: _Exchange) -> web.Response:
    behaviour, client_id, seen = exchange.behaviour, exchange.client.client_id, exchange.seen
    if behaviour.drop_token_connection == "before":
        seen.outcome = "dropped"
        return reset_connection(exchange.request)
    if behaviour.hold_before_effect:
        await exchange.provider.holds.wait(client_id)
    fault = replaced(behaviour, client_id)
    if fault is not None and not behaviour.effect_despite_fault:
        seen.outcome = "fault"
        return fault
    issued = _judge(exchange)
    seen.effect, seen.issued_sha256 = True, fingerprint(issued.refresh_token)
    if behaviour.hold_token:
        await exchange.provider.holds.wait(client_id)
    if behaviour.drop_token_connection == "after":
        seen.outcome = "dropped"
        return reset_connection(exchange.request)
    if fault is not None:
        seen.outcome = "fault"
        return fault
    seen.outcome = "granted"
    return shaped(token_members(issued, behaviour, _id_token(issued, exchange)), behaviour)


def _judge(exchange: _Exchange) -> Issued:
    grants, now = exchange.provider.grants, exchange.provider.now()
    match required(exchange.form, "grant_type"):
        case "authorization_code":
            return grants.redeem(exchange.client, exchange.form, exchange.behaviour, now=now)
        case "refresh_token":
            return grants.refresh(exchange.client, exchange.form, exchange.behaviour, now=now)
        case "client_credentials":
            return grants.grant_to_client(exchange.client, exchange.form, exchange.behaviour, now=now)
        case "password":
            return grants.grant_for_password(exchange.client, exchange.form, exchange.behaviour, now=now)
        case _:
            raise Refusal("unsupported_grant_type", "grant_type")


def _id_token(issued: Issued, exchange: _Exchange) -> str | None:
    wanted = issued.first or exchange.behaviour.id_token_on_refresh
    if not wanted or "openid" not in issued.grant.scope.split(" "):
        return None
    provider = exchange.provider
    return provider.signing_key.id_token(provider.issuer, issued, exchange.behaviour, now=provider.now())
