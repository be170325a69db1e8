"""What authenticates a request to an app, as a caller gets it."""

import json
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from tests.integration.connections.making import (
    API_KEY,
    BASIC,
    JWT,
    LONG_SECRET,
    create,
    created,
    direct,
    fetched,
    headers_of,
    in_vault,
)
from tests.integration.oauth_http.raw_server import answering, http, serving
from tests.support.provider import StrictProvider
from tests.support.servers import PostgresServer, VaultServer
from tests.support.service import Caller, Service, a_service, a_setting, answered, refused
from tests.support.vault import a_vault_mount

ANSWER = http(b'{"result": {"tok": "the-token"}}', "Content-Type: application/json")


@pytest.mark.parametrize(("place", "member"), [("header", "headers"), ("query", "query"), ("cookie", "cookies")])
async def test_an_api_key_stands_where_the_app_wants_it(acme: Caller, place: str, member: str) -> None:
    connection = await created(acme, {"type": "apikey", "data": {"name": "key", "in": place}}, apiKey="k-1")
    response = await acme.post(f"connections/{connection['id']}/headers")
    nothing: dict[str, Any] = {"headers": {}, "query": {}, "cookies": {}}
    assert answered(response) == nothing | {member: {"key": "k-1"}}
    assert response.headers["Cache-Control"] == "no-store"


async def test_user_and_password_are_basic(acme: Caller) -> None:
    connection = await created(acme, BASIC, user="Aladdin", password="open sesame")
    headers = (await headers_of(acme, connection))["headers"]
    assert headers == {"Authorization": "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="}  # RFC 7617 §2


async def test_a_code_grants_token_is_a_bearer(service: Service, provider: StrictProvider) -> None:
    async with a_setting(service, provider, relay=True) as relay:
        connection = await relay.connection()
        token = answered(await relay.caller.token(connection))["access_token"]
        issued = answered(await relay.caller.post(f"connections/{connection}/headers"))
    assert issued["headers"] == {"Authorization": f"Bearer {token}"}


@pytest.mark.parametrize("algorithm", ["HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "ES256", "EdDSA"])
@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")
async def test_a_jwt_is_signed_for_each_request(acme: Caller, algorithm: str) -> None:
    key = _key(algorithm)
    secret = LONG_SECRET if isinstance(key, OctKey) else key.as_pem(private=True).decode()
    sent = {"payload": {"sub": "bob", "iat": 7}, "algorithm": algorithm, "prefix": "JWT"}
    connection = await created(acme, JWT, secret=secret, **sent)
    prefix, _, token = (await headers_of(acme, connection))["headers"]["Authorization"].partition(" ")
    assert prefix == "JWT"
    decoded = jwt.decode(token, key, algorithms=[algorithm])
    assert decoded.header == {"alg": algorithm, "typ": "JWT"}
    assert decoded.claims["sub"] == "bob"
    assert decoded.claims["exp"] - decoded.claims["iat"] == 15 * 60


async def test_a_token_is_fetched_once_for_its_time(acme: Caller, service: Service) -> None:
    async with serving(answering(ANSWER)) as server:
        connection = await created(acme, fetched(server.url), secret="s-1")
        for _ in range(3):
            assert (await headers_of(acme, connection))["headers"] == {"X-Token": "Token the-token"}
    [request] = server.requests
    head = request.decode().lower()
    assert head.startswith("put /token http/1.1\r\n")
    assert "x-secret: s-1" in head
    kept = await in_vault(service, connection)
    assert kept is not None
    assert (kept["secret"], kept["access_token"]) == ("s-1", "the-token")


async def test_a_secret_in_the_body_is_sent_as_it_is(acme: Caller) -> None:
    secret = json.dumps({"user": "u", "password": "p"})
    async with serving(answering(ANSWER)) as server:
        config = fetched(server.url, method="POST", secretIn="body", **{"in": "cookie", "name": "sid", "prefix": ""})
        connection = await created(acme, config, secret=secret)
        assert (await headers_of(acme, connection))["cookies"] == {"sid": "the-token"}
    head, _, body = server.requests[0].decode().partition("\r\n\r\n")
    assert body == secret
    assert "content-type: application/json" in head.lower()


@pytest.mark.parametrize(
    ("answer", "status", "code"),
    [
        (http(b"{}", "Content-Type: application/json"), 502, "provider_unavailable"),
        (http(b"", status="500 Sorry"), 502, "provider_unavailable"),
    ],
)
async def test_where_no_token_can_be_had_the_caller_is_told_and_nothing_is_kept(
    acme: Caller, service: Service, answer: bytes, status: int, code: str
) -> None:
    async with serving(answering(answer)) as server:
        connection = await created(acme, fetched(server.url), secret="s-1")
        refused(await acme.post(f"connections/{connection['id']}/headers"), status, code)
    assert await in_vault(service, connection) == {"secret": "s-1"}


async def test_what_has_no_token_says_so(acme: Caller) -> None:
    connection = await created(acme, API_KEY, apiKey="k")
    told = refused(await acme.token(connection["id"]), 400, "invalid_request")
    assert "headers" in told["message"]


def _key(algorithm: str) -> OctKey | RSAKey | ECKey | OKPKey:
    if algorithm.startswith("HS"):
        return OctKey.import_key(LONG_SECRET)
    if algorithm.startswith("RS"):
        return RSAKey.generate_key(2048)
    return ECKey.generate_key("P-256") if algorithm == "ES256" else OKPKey.generate_key("Ed25519")


async def test_c53_no_token_is_fetched_from_inside(postgres_server: PostgresServer, vault_server: VaultServer) -> None:
    async with (
        a_vault_mount(vault_server.address, vault_server.token) as mount,
        a_service(postgres_server, mount, allow_insecure_providers=False) as strict,
        strict.caller() as caller,
        serving(answering(ANSWER)) as server,
    ):
        for address in (f"https://127.0.0.1:{server.port}/token", "https://169.254.169.254/latest/meta-data"):
            connection = await created(caller, fetched(address), secret="s-1")
            refused(await caller.post(f"connections/{connection['id']}/headers"), 502, "provider_unavailable")
            config = direct(address)
            form = {"clientId": "c", "clientSecret": "s", "issueToken": True}
            refused(await create(caller, config, **form), 502, "provider_unavailable")
    assert server.connections == 0
