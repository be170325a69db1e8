"""The smaller endpoints: metadata, keys, user information, revocation, and the canary that no client may ever touch."""

from typing import Any

from aiohttp import web

from tests.support.provider.answers import json_answer, refused
from tests.support.provider.authentication import authenticate, read_credentials
from tests.support.provider.forms import read_form, read_query, required
from tests.support.provider.ledger import RevocationSeen, fingerprint
from tests.support.provider.refusal import Refusal
from tests.support.provider.state import PROVIDER


async def show_metadata(request: web.Request) -> web.Response:
    """OpenID Connect Discovery §3. `?client_id=` gives the document as that client's script has it."""
    provider = request.app[PROVIDER]
    behaviour = provider.clients.behaviour(request.query.get("client_id"))
    document = metadata(provider.issuer) | {"authorization_response_iss_parameter_supported": behaviour.promises_iss}
    document |= behaviour.metadata
    return json_answer({name: value for name, value in document.items() if value is not None})


def metadata(issuer: str) -> dict[str, Any]:
    """RFC 8414 §2."""
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/authorize",
        "token_endpoint": f"{issuer}/token",
        "revocation_endpoint": f"{issuer}/revoke",
        "userinfo_endpoint": f"{issuer}/userinfo",
        "jwks_uri": f"{issuer}/jwks",
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "none"],
        "revocation_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "none"],
    }


async def show_keys(request: web.Request) -> web.Response:
    return json_answer(request.app[PROVIDER].signing_key.jwks())


async def show_user(request: web.Request) -> web.Response:
    """OpenID Connect Core §5.3, with the access token in the header alone (RFC 6750 §2.1)."""
    provider = request.app[PROVIDER]
    try:
        read_query(request)
    except Refusal as refusal:
        return refused(refusal)
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    grant = provider.grants.behind(token, now=provider.now()) if scheme.lower() == "bearer" else None
    if grant is None:
        challenge = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
        return web.Response(status=401, headers=challenge)
    return json_answer({"sub": grant.subject, "email": f"{grant.subject}@provider.example"})


async def revoke(request: web.Request) -> web.Response:
    """RFC 7009 §2: 200 also for a token that nobody knows."""
    seen = RevocationSeen()
    request.app[PROVIDER].records.revocation_requests.append(seen)
    try:
        return await _revoke(request, seen)
    except Refusal as refusal:
        seen.wrong = refusal.wrong
        return refused(refusal, challenge=refusal.error == "invalid_client" and "Authorization" in request.headers)


async def count_canary(request: web.Request) -> web.Response:
    request.app[PROVIDER].records.canary_hits.append(request.match_info["client_id"])
    return json_answer({"access_token": "canary", "token_type": "Bearer", "refresh_token": "canary"})


async def _revoke(request: web.Request, seen: RevocationSeen) -> web.Response:
    provider = request.app[PROVIDER]
    form = await read_form(request)
    seen.token_sha256 = fingerprint(form.get("token"))
    credentials = read_credentials(request.headers.get("Authorization"), form)
    seen.client_id = credentials.client_id
    client = authenticate(credentials, provider.clients.find(credentials.client_id))
    behaviour = provider.clients.behaviour(client.client_id)
    if behaviour.revocation_status is not None:
        answer = json_answer({"error": behaviour.revocation_error}, status=behaviour.revocation_status)
        answer.headers["Retry-After"] = str(behaviour.revocation_retry_after)
        return answer
    seen.effect = True
    provider.grants.revoke(client, required(form, "token"), whole_account=behaviour.revocation_ends_account)
    return web.Response()
