"""The provider's token endpoint as it should be: strict about codes, clients, refresh tokens (RFC 6749 §4.1.3, §6)."""

import base64
import hashlib

import httpx
import msgspec
import pytest

from tests.integration.support.flow import SECRET, Relation, basic, relation
from tests.support.provider import Ledger, StrictProvider, fingerprint


def says(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]


async def ledger_of(client: Relation) -> Ledger:
    return await client.provider.ledger(client.client.client_id)


@pytest.mark.parametrize("authentication", ["client_secret_basic", "client_secret_post", "none"])
async def test_the_whole_flow_with_each_client_authentication(provider: StrictProvider, authentication: str) -> None:
    secret = None if authentication == "none" else SECRET
    async with relation(provider, authentication=authentication, client_secret=secret) as client:
        answer = await client.redeem(code := await client.code(account="bob"))
        granted = answer.json()
        user = await client.http.get(
            provider.userinfo_endpoint, headers={"Authorization": f"Bearer {granted['access_token']}"}
        )
        ledger = await ledger_of(client)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    assert granted.keys() == {"access_token", "token_type", "expires_in", "scope", "refresh_token"}
    assert (granted["token_type"], granted["expires_in"], granted["scope"]) == ("Bearer", 3600, "read offline_access")
    assert user.json()["sub"] == "bob"
    (seen,) = ledger.token_requests
    assert (seen.authentication, seen.outcome, seen.wrong) == (authentication, "granted", None)
    assert (seen.grant_type, seen.code_sha256) == ("authorization_code", hashlib.sha256(code.encode()).hexdigest())
    (grant,) = ledger.grants
    assert (grant.grant_id, grant.subject, grant.revoked) == (seen.grant_id, "bob", False)
    assert grant.refresh_token == granted["refresh_token"]
    assert grant.refresh_token_sha256 == fingerprint(granted["refresh_token"])
    assert grant.access_token == granted["access_token"]


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"redirect_uri": "http://127.0.0.1:9/other"}, "redirect_uri"),
        ({"redirect_uri": None}, "parameter_missing"),
        ({"code_verifier": "another-verifier-of-at-least-forty-three-characters"}, "code_verifier"),
        ({"code_verifier": None}, "code_verifier"),
    ],
)
async def test_a_code_that_comes_with_the_wrong_proof_is_refused_and_used_up(
    acme: Relation, changes: dict[str, str | None], wrong: str
) -> None:
    code = await acme.code()
    assert (await acme.redeem(code, **changes)).status_code == 400
    assert says(await acme.redeem(code)) == (400, "invalid_grant")
    assert [seen.wrong for seen in (await ledger_of(acme)).token_requests] == [wrong, "code_reused"]


async def test_a_verifier_without_a_challenge_is_a_downgrade(provider: StrictProvider) -> None:
    async with relation(provider, pkce_required=False) as client:
        code = await client.code(code_challenge=None, code_challenge_method=None)
        assert says(await client.redeem(code)) == (400, "invalid_grant")


async def test_a_code_used_twice_ends_what_it_brought(acme: Relation) -> None:
    code = await acme.code()
    granted = (await acme.redeem(code)).json()
    assert says(await acme.redeem(code)) == (400, "invalid_grant")
    assert says(await acme.refresh(granted["refresh_token"])) == (400, "invalid_grant")
    ledger = await ledger_of(acme)
    assert ledger.count("code_reused") == 1
    assert ledger.grants[0].revoked


async def test_a_strangers_attempt_uses_no_code_up(provider: StrictProvider, acme: Relation) -> None:
    code = await acme.code()
    async with relation(provider) as stranger:
        assert says(await stranger.redeem(code)) == (400, "invalid_grant")
    assert (await acme.redeem(code)).status_code == 200


async def test_a_rotated_refresh_token_is_replaced_and_its_reuse_ends_the_grant(acme: Relation) -> None:
    first = (await acme.granted())["refresh_token"]
    second = (await acme.refresh(first)).json()["refresh_token"]
    assert second != first
    assert says(await acme.refresh(first)) == (400, "invalid_grant")
    assert says(await acme.refresh(second)) == (400, "invalid_grant")
    ledger = await ledger_of(acme)
    assert ledger.count("refresh_token_reused") == 1
    assert ledger.grants[0].revoked
    assert [seen.refresh_token_sha256 for seen in ledger.token_requests[1:]] == [
        fingerprint(first),
        fingerprint(first),
        fingerprint(second),
    ]


async def test_a_provider_that_forgives_answers_the_token_spent_last_with_the_same_successor(acme: Relation) -> None:
    await acme.provider.script(acme.client.client_id, forgives_repetition=True)
    first = (await acme.granted())["refresh_token"]
    second = (await acme.refresh(first)).json()["refresh_token"]
    assert (await acme.refresh(first)).json()["refresh_token"] == second
    assert (await acme.refresh(second)).status_code == 200
    assert says(await acme.refresh(first)) == (400, "invalid_grant")
    shown = (await ledger_of(acme)).presentations(first)
    assert [(seen.outcome, seen.issued_sha256) for seen in shown] == [
        ("granted", fingerprint(second)),
        ("granted", fingerprint(second)),
        ("invalid_grant", None),
    ]


async def test_without_rotation_the_first_refresh_token_stays_good(acme: Relation) -> None:
    await acme.provider.script(acme.client.client_id, rotate=False)
    first = (await acme.granted())["refresh_token"]
    for _ in range(2):
        assert "refresh_token" not in (await acme.refresh(first)).json()
    assert (await ledger_of(acme)).grants[0].refresh_token == first


async def test_a_refresh_may_narrow_the_scope_and_not_widen_it(acme: Relation) -> None:
    refresh_token = (await acme.granted())["refresh_token"]
    assert says(await acme.refresh(refresh_token, scope="read write")) == (400, "invalid_scope")
    assert (await acme.refresh(refresh_token, scope="read")).status_code == 200


async def test_an_openid_scope_brings_an_id_token_with_the_nonce(acme: Relation) -> None:
    code = await acme.code(scope="openid read", nonce="a-nonce")
    payload = (await acme.redeem(code)).json()["id_token"].split(".")[1]
    claims = msgspec.json.decode(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    assert (claims["iss"], claims["aud"]) == (acme.provider.issuer, acme.client.client_id)
    assert (claims["sub"], claims["nonce"]) == ("alice", "a-nonce")
    keys = (await acme.http.get(f"{acme.provider.issuer}/jwks")).json()["keys"]
    assert [key["kty"] for key in keys] == ["RSA"]


async def test_unknown_grants_and_codes_are_refused(acme: Relation) -> None:
    assert says(await acme.token({"grant_type": "magic"})) == (400, "unsupported_grant_type")
    assert says(await acme.token({})) == (400, "invalid_request")
    assert says(await acme.redeem("no-such-code")) == (400, "invalid_grant")
    assert says(await acme.refresh("no-such-token")) == (400, "invalid_grant")


@pytest.mark.parametrize(
    ("authentication", "headers", "form", "expected"),
    [
        ("client_secret_basic", {}, {"client_secret": SECRET}, (401, "invalid_client")),
        ("client_secret_basic", {}, {}, (401, "invalid_client")),
        ("client_secret_post", {"Authorization": "right"}, {}, (401, "invalid_client")),
        ("client_secret_post", {}, {"client_secret": "wrong"}, (401, "invalid_client")),
        ("client_secret_basic", {"Authorization": "right"}, {"client_secret": SECRET}, (400, "invalid_request")),
        ("client_secret_basic", {"Authorization": "plain"}, {}, (401, "invalid_client")),
        ("client_secret_basic", {"Authorization": "Bearer x"}, {}, (401, "invalid_client")),
    ],
)
async def test_only_the_registered_client_authentication_is_taken_and_only_one(
    provider: StrictProvider,
    authentication: str,
    headers: dict[str, str],
    form: dict[str, str],
    expected: tuple[int, str],
) -> None:
    async with relation(provider, authentication=authentication) as client:
        client_id = client.client.client_id
        unescaped = base64.b64encode(f"{client_id}:{SECRET}".encode()).decode()
        known = {"right": basic(client_id, SECRET), "plain": f"Basic {unescaped}"}
        sent = {name: known.get(value, value) for name, value in headers.items()}
        body = {"grant_type": "refresh_token", "refresh_token": "any", "client_id": client_id} | form
        answer = await client.http.post(provider.token_endpoint, data=body, headers=sent)
    assert says(answer) == expected
    assert ("WWW-Authenticate" in answer.headers) is (bool(headers) and expected[0] == 401)


async def test_a_failed_authentication_uses_no_code_up(acme: Relation) -> None:
    code = await acme.code()
    body = {"grant_type": "authorization_code", "code": code}
    headers = {"Authorization": basic(acme.client.client_id, "wrong")}
    answer = await acme.http.post(acme.provider.token_endpoint, data=body, headers=headers)
    assert says(answer) == (401, "invalid_client")
    assert (await acme.redeem(code)).status_code == 200


@pytest.mark.parametrize(
    ("query", "content_type", "body", "wrong"),
    [
        ("?client_secret=s3cret", "application/x-www-form-urlencoded", b"a=b", "secret_in_url"),
        ("?code=c", "application/x-www-form-urlencoded", b"a=b", "secret_in_url"),
        ("?a=b", "application/x-www-form-urlencoded", b"a=b", "url_parameters"),
        ("", "application/json", b"{}", "content_type"),
        ("", "application/x-www-form-urlencoded", b"a=b&a=c", "repeated_parameter"),
        ("", "application/x-www-form-urlencoded", b"no pairs", "malformed_body"),
        ("", "application/x-www-form-urlencoded", "a=é".encode(), "malformed_body"),
        ("", "application/x-www-form-urlencoded", b"a=%FF", "malformed_body"),
    ],
)
async def test_parameters_come_once_in_a_form_and_never_in_the_url(
    acme: Relation, query: str, content_type: str, body: bytes, wrong: str
) -> None:
    answer = await acme.http.post(
        f"{acme.provider.token_endpoint}{query}", content=body, headers={"Content-Type": content_type}
    )
    assert (answer.status_code, answer.json()["error_description"]) == (400, wrong)


async def direct(provider: StrictProvider, form: dict[str, str | None], **registration: object) -> httpx.Response:
    registered: dict[str, object] = {"direct_grants": True, "passwords": {"bob": "p"}, "scopes": ("read", "write")}
    async with relation(provider, **registered | registration) as client:
        return await client.token(form)


async def test_client_credentials_bring_a_token_and_no_refresh_token(provider: StrictProvider) -> None:
    granted = (await direct(provider, {"grant_type": "client_credentials", "scope": "read"})).raise_for_status().json()
    assert granted.keys() == {"access_token", "token_type", "expires_in", "scope"}
    assert granted["scope"] == "read"


async def test_an_owners_password_brings_a_token(provider: StrictProvider) -> None:
    form: dict[str, str | None] = {"grant_type": "password", "username": "bob", "password": "p"}
    granted = (await direct(provider, form)).raise_for_status().json()
    assert (granted["scope"], "refresh_token" in granted) == ("read write", True)


@pytest.mark.parametrize(
    ("form", "registration", "error"),
    [
        ({"grant_type": "password", "username": "bob", "password": "x"}, {}, "invalid_grant"),
        ({"grant_type": "password", "username": "eve", "password": "p"}, {}, "invalid_grant"),
        ({"grant_type": "password", "username": "bob"}, {}, "invalid_request"),
        ({"grant_type": "client_credentials", "scope": "admin"}, {}, "invalid_scope"),
        ({"grant_type": "client_credentials"}, {"direct_grants": False}, "unauthorized_client"),
    ],
)
async def test_a_direct_grant_that_may_not_be_is_refused(
    provider: StrictProvider, form: dict[str, str | None], registration: dict[str, object], error: str
) -> None:
    assert says(await direct(provider, form, **registration)) == (400, error)
