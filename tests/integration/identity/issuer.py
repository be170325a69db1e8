"""An issuer on loopback: its discovery document and its keys, over HTTP."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import attrs
from aiohttp import web

from tests.support.jwts import Signer, now


@attrs.define
class LoopbackIssuer:
    """What it answers is a test's to change."""

    url: str
    signer: Signer
    keys: list[Any]
    status: int = 200
    asked: list[str] = attrs.field(factory=list)
    location: str | None = None

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append(request.path)
        headers = {"Cache-Control": "max-age=600"}
        if self.location is not None:
            return web.Response(status=302, headers={"Location": self.location})
        if request.path == "/.well-known/openid-configuration":
            document: dict[str, Any] = {"issuer": self.url, "jwks_uri": f"{self.url}/openid/v1/jwks"}
        else:
            document = {"keys": self.keys}
        return web.json_response(document, status=self.status, headers=headers)

    def sign(self, **claims: Any) -> str:
        right = {"iss": self.url, "sub": "ann", "aud": ["switchboard"], "exp": now() + 600, "iat": now()}
        return self.signer.sign(right | claims, kid="k1").reveal()


@asynccontextmanager
async def a_loopback_issuer() -> AsyncIterator[LoopbackIssuer]:
    signer = Signer.make("RS256")
    issuer = LoopbackIssuer("", signer, [signer.jwk(kid="k1", use="sig", alg="RS256").members])
    app = web.Application()
    app.router.add_get("/{path:.*}", issuer.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    issuer.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield issuer
    finally:
        await runner.cleanup()
