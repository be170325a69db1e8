"""Which route leads where."""

from aiohttp import web

from tests.support.provider import consent, control, resources, token_endpoint
from tests.support.provider.state import PROVIDER, Provider


def create_app(provider: Provider) -> web.Application:
    app = web.Application()
    app[PROVIDER] = provider
    app.add_routes(
        [
            web.get("/.well-known/openid-configuration", resources.show_metadata, allow_head=False),
            web.get("/jwks", resources.show_keys, allow_head=False),
            web.get("/authorize", consent.ask, allow_head=False),
            web.post("/authorize", consent.decide),
            web.post("/token", token_endpoint.answer_token_request),
            web.post("/revoke", resources.revoke),
            web.get("/userinfo", resources.show_user, allow_head=False),
            web.route("*", "/canary/{client_id}", resources.count_canary),
            web.put("/control/clients", control.register),
            web.post("/control/clients/{client_id}", control.script),
            web.post("/control/clients/{client_id}/release", control.release),
            web.get("/control/clients/{client_id}/held", control.wait_until_held),
            web.get("/control/ledger", control.show_ledger),
        ]
    )
    return app
