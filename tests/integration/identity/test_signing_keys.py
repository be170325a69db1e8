"""Keys by which an organisation signs its own JWTs, over HTTP: registered, used, taken back."""

from typing import Any

import httpx
import pytest

from tests.integration.http.asking import apart_from_its_request, fields
from tests.support.jwts import Signer, now, segment
from tests.support.service import PUBLIC_URL, Caller, Service, Setting, answered, refused

ES256 = Signer.make()


async def registered(caller: Caller, signer: Signer = ES256, **members: Any) -> str:
    body = {"name": "ours", "algorithm": signer.algorithm, "publicKey": signer.pem()} | members
    return str(answered(await caller.post("signing-keys", body), 201)["id"])


def claims_of(caller: Caller, **changes: Any) -> dict[str, Any]:
    right = {
        "iss": caller.organisation_id,
        "sub": "ann@acme.example",
        "aud": PUBLIC_URL,
        "exp": now() + 600,
        "roles": ["viewer"],
    }
    return {name: value for name, value in (right | changes).items() if value is not None}


async def ask(
    service: Service, caller: Caller, authorization: str, path: str = "apps", method: str = "GET", **request: Any
) -> httpx.Response:
    async with service.http(None) as http:
        return await http.request(method, caller.below(path), headers={"Authorization": authorization}, **request)


async def as_subject(service: Service, caller: Caller, kid: str, path: str = "apps", **changes: Any) -> httpx.Response:
    token = ES256.sign(claims_of(caller, **changes), kid=kid)
    return await ask(service, caller, f"JWT {token.reveal()}", path)


@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
@pytest.mark.parametrize("form", ["pem", "jwk"])
async def test_a_registered_keys_token_is_taken(algorithm: str, form: str, service: Service, acme: Caller) -> None:
    signer = Signer.make(algorithm)
    public_key = signer.pem() if form == "pem" else {**signer.jwk().members, "alg": algorithm, "use": "sig"}
    body = {"name": "ours", "algorithm": algorithm, "publicKey": public_key}
    made = answered(await acme.post("signing-keys", body), 201)
    assert made.keys() == {"id", "name", "algorithm", "publicKey", "createdAt"}
    token = signer.sign(claims_of(acme), kid=made["id"]).reveal()
    for scheme in ("JWT", "jwt", "Jwt"):
        answered(await ask(service, acme, f"{scheme} {token}"))
    refused(await ask(service, acme, f"Bearer {token}"), 401, "unauthorized")
    refused(await ask(service, acme, token), 401, "unauthorized")


async def test_a_token_may_what_its_roles_say_within_its_narrowing(service: Service, relay: Setting) -> None:
    caller, app_id = relay.caller, relay.app["id"]
    kid = await registered(caller)
    refused(await as_subject(service, caller, kid, "api-keys"), 403, "forbidden")
    answered(await as_subject(service, caller, kid, "api-keys", roles=["owner"]))
    answered(await as_subject(service, caller, kid, f"apps/{app_id}", only={"appIds": [app_id]}))
    refused(await as_subject(service, caller, kid, f"apps/{app_id}", only={"appIds": []}), 404, "not_found")
    nothing = {"totalCount": 0, "items": []}
    assert answered(await as_subject(service, caller, kid, only={"appIds": []})) == nothing


async def test_a_key_is_read_and_listed_and_holds_no_private_half(acme: Caller) -> None:
    kid = await registered(acme)
    read = answered(await acme.get(f"signing-keys/{kid}"))
    assert answered(await acme.get("signing-keys")) == {"totalCount": 1, "items": [read]}
    assert read["publicKey"].keys() == {"kty", "crv", "x", "y"}


async def test_a_key_that_was_deleted_signs_nothing_any_more(service: Service, acme: Caller) -> None:
    kid = await registered(acme)
    answered(await as_subject(service, acme, kid))
    assert answered(await acme.http.delete(acme.below(f"signing-keys/{kid}"))) == {"id": kid}
    refused(await as_subject(service, acme, kid), 401, "unauthorized")
    refused(await acme.http.delete(acme.below(f"signing-keys/{kid}")), 404, "not_found")


async def test_every_other_token_is_nobodys_and_told_alike(service: Service, acme: Caller) -> None:
    kid = await registered(acme)
    async with service.caller() as other:
        elsewhere = await registered(other)
        wrong = [
            await as_subject(service, acme, elsewhere),
            await as_subject(service, acme, "x"),
            await as_subject(service, acme, kid, iss=other.organisation_id),
            await as_subject(service, acme, kid, aud="https://another.example"),
            await as_subject(service, acme, kid, exp=now() - 1),
            await as_subject(service, acme, kid, exp=now() + 7200),
            await as_subject(service, acme, kid, nbf=now() + 600),
            await as_subject(service, acme, kid, roles=["platform-admin"]),
            await ask(service, acme, f"JWT {Signer.make().sign(claims_of(acme), kid=kid).reveal()}"),
            await ask(service, acme, f"JWT {ES256.sign(claims_of(acme), kid=kid, crit=['x'], x=1).reveal()}"),
            await ask(service, acme, f"JWT {segment({'alg': 'none', 'kid': kid})}.{segment(claims_of(acme))}."),
            await as_subject(service, acme, "https://elsewhere.example/keys"),
            await ask(
                service, acme, f"JWT {ES256.sign(claims_of(acme), kid=elsewhere, jku='https://a.example').reveal()}"
            ),
            await ask(service, acme, "JWT " + "." * 16_384),
            await ask(service, acme, "JWT " + "." * 16_385),
            await ask(service, acme, "Bearer " + "." * 16_384),
            await ask(service, acme, "JWT sb_x"),
            await ask(service, acme, acme.http.headers["Authorization"].replace("Bearer", "JWT")),
        ]
        refused(await as_subject(service, other, kid, iss=acme.organisation_id), 404, "not_found")
    told = [apart_from_its_request(response) for response in wrong]
    assert all(one == told[0] for one in told), told
    refused(wrong[0], 401, "unauthorized")


@pytest.mark.parametrize(
    ("members", "named"),
    [
        ({"publicKey": ES256.pem(private=True)}, ["publicKey"]),
        ({"publicKey": ES256.key.as_dict(private=True)}, ["publicKey"]),
        ({"publicKey": {"kty": "oct", "k": "AAAA"}}, ["publicKey"]),
        ({"algorithm": "RS256"}, ["publicKey"]),
        ({"algorithm": "HS256"}, ["algorithm"]),
        ({"algorithm": "none"}, ["algorithm"]),
        ({"algorithm": "ES384"}, ["algorithm"]),
        ({"name": ""}, ["name"]),
        ({"roles": ["owner"]}, ["roles"]),
    ],
)
async def test_what_is_no_public_key_is_refused_and_not_kept(
    members: dict[str, Any], named: list[str], acme: Caller
) -> None:
    body = {"name": "ours", "algorithm": "ES256", "publicKey": ES256.pem()} | members
    assert fields(await acme.post("signing-keys", body)) == named
    assert answered(await acme.get("signing-keys"))["totalCount"] == 0


async def test_a_relays_flow_is_finished_by_the_subject_that_began_it(service: Service, relay: Setting) -> None:
    caller = relay.caller
    kid = await registered(caller)

    def token(**changes: Any) -> str:
        return ES256.sign(claims_of(caller, roles=["connector"], **changes), kid=kid).reveal()

    body = {"appId": relay.app["id"], "authType": "oauth2"}
    started = await ask(service, caller, f"JWT {token()}", "connection-init", "POST", json=body)
    async with service.browser() as browser:
        callback = await relay.consent(browser, answered(started))
    url = f"/v1alpha1/connections/oauth2/callback?{httpx.URL(callback).query.decode()}"
    async with service.http(None) as http:
        for stranger in (token(sub="bob"), token(only={"appIds": []})):
            response = await http.get(url, headers={"Authorization": f"JWT {stranger}"})
            refused(response, 400, "invalid_state")
        again = {"Authorization": f"JWT {token(jti='another', exp=now() + 60)}"}
        answered(await http.get(url, headers=again), 201)
