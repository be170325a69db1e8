"""Each deed leaves one event: who did it, to what, for which request, from where; what only looks leaves none."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from tests.integration.http.asking import A_PUBLIC_KEY
from tests.support.jwts import Signer, now
from tests.support.postgres import behind
from tests.support.servers import PostgresServer
from tests.support.service import PUBLIC_URL, Caller, Service, Setting, a_service, answered, refused
from tests.support.vault import VaultMount

ORGANISATIONS = "/v1alpha1/organisations"
FORM_APP = {
    "name": "Keys",
    "public": False,
    "server": {"url": "https://api.example.com"},
    "authConfigs": [{"type": "apikey", "data": {"name": "X-Key", "in": "header"}}],
}
CREDENTIAL = {"name": "c", "type": "Raw", "data": {"raw": "eA=="}}


async def events_of(caller: Caller, **query: str) -> Sequence[Mapping[str, Any]]:
    items: list[Mapping[str, Any]] = answered(await caller.get("audit-events", first="100", **query))["items"]
    return items


async def left_by(answer: httpx.Response, caller: Caller) -> Sequence[tuple[str, str]]:
    """Which actions, on which targets, the request that was answered so left."""
    request_id = answer.headers["X-Request-Id"]
    return [
        (event["action"], event["target"]["id"])
        for event in await events_of(caller)
        if event.get("requestId") == request_id
    ]


async def left_one(answer: httpx.Response, caller: Caller, action: str, target: str) -> None:
    assert answer.status_code < 300, answer.text
    assert await left_by(answer, caller) == [(action, target)]


@pytest.fixture
async def admin(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    async with service.http(service.admin_key.reveal()) as http:
        yield http


async def test_keys_leave_one_event_each(relay: Setting) -> None:
    caller = relay.caller
    made = await caller.post("api-keys", {"name": "k", "roles": ["viewer", "issuer"]})
    key_id = made.json()["id"]
    await left_one(made, caller, "api_key.created", key_id)
    await left_one(await caller.delete(f"api-keys/{key_id}"), caller, "api_key.deleted", key_id)
    made = await caller.post("signing-keys", {"name": "s", "algorithm": "EdDSA", "publicKey": A_PUBLIC_KEY})
    key_id = made.json()["id"]
    await left_one(made, caller, "signing_key.created", key_id)
    await left_one(await caller.delete(f"signing-keys/{key_id}"), caller, "signing_key.deleted", key_id)
    [created, _] = await events_of(caller, targetId=made.json()["id"])
    assert created["detail"] == {"name": "s", "algorithm": "EdDSA"}


async def test_apps_leave_one_event_each(relay: Setting) -> None:
    caller = relay.caller
    made = await caller.post("apps", FORM_APP)
    app_id = made.json()["id"]
    await left_one(made, caller, "app.created", app_id)
    await left_one(await caller.put(f"apps/{app_id}", FORM_APP | {"name": "N"}), caller, "app.replaced", app_id)
    await left_one(await caller.delete(f"apps/{app_id}"), caller, "app.deleted", app_id)


async def test_credentials_leave_one_event_each(relay: Setting) -> None:
    caller = relay.caller
    made = await caller.post("credentials", CREDENTIAL)
    credential_id = made.json()["id"]
    await left_one(made, caller, "credential.created", credential_id)
    replaced = await caller.put(f"credentials/{credential_id}", CREDENTIAL | {"name": "d"})
    await left_one(replaced, caller, "credential.replaced", credential_id)
    await left_one(await caller.delete(f"credentials/{credential_id}"), caller, "credential.deleted", credential_id)


async def test_connections_of_a_form_leave_one_event_each(relay: Setting) -> None:
    caller = relay.caller
    app_id = answered(await caller.post("apps", FORM_APP))["id"]
    body = {"name": "Mine", "appId": app_id, "authType": "apikey", "data": {"apiKey": "a-secret-key"}}
    made = await caller.post("connections", body)
    connection = answered(made, 201)
    path = f"connections/{connection['id']}"
    await left_one(made, caller, "connection.created", connection["id"])
    replaced = await caller.put(path, {"name": "Mine", "data": {"apiKey": "another-secret-key"}})
    await left_one(replaced, caller, "connection.replaced", connection["id"])
    renamed = await caller.put(path, {"name": "Yours", "data": {}})
    await left_one(renamed, caller, "connection.renamed", connection["id"])
    await left_one(await caller.delete(path), caller, "connection.deleted", connection["id"])
    assert "secret-key" not in str(await events_of(caller))


async def test_a_flow_is_started_once_and_ends_as_a_connection(relay: Setting) -> None:
    caller = relay.caller
    starting = await caller.post("connection-init", {"appId": relay.app["id"], "authType": "oauth2"})
    await left_one(starting, caller, "flow.started", starting.json()["flowId"])
    started, callback = await relay.relayed()
    finished = await caller.callback(callback)
    flow = await caller.flow(started["flowId"])
    await left_one(finished, caller, "connection.created", flow["connectionId"])
    [seen] = await relay.token_requests()
    assert seen.request_id == finished.headers["X-Request-Id"]
    [event] = await events_of(caller, targetId=flow["connectionId"])
    assert event["detail"]["flowId"] == started["flowId"]
    assert await left_by(await caller.callback(callback), caller) == []


async def test_a_connection_that_is_authorised_again_has_one_event_of_it(relay: Setting) -> None:
    connection_id = await relay.connection()
    started, callback = await relay.relayed(connectionId=connection_id)
    finished = await relay.caller.callback(callback)
    await left_one(finished, relay.caller, "connection.reauthorised", connection_id)
    assert await left_by(await relay.caller.callback(callback), relay.caller) == []
    [event] = await events_of(relay.caller, action="connection.reauthorised")
    assert event["detail"]["flowId"] == started["flowId"]
    assert event["detail"]["credentialId"] == finished.json()["id"]
    [key] = (await events_of(relay.caller, action="api_key.created"))[:1]
    assert event["principal"]["id"] == key["target"]["id"]


async def test_a_revocation_is_told_when_it_begins_and_when_the_grant_is_destroyed(relay: Setting) -> None:
    connection_id = await relay.connection()
    revoked = await relay.caller.post(f"connections/{connection_id}/revoke")
    assert answered(revoked)["status"] == "revoked"
    told = [("connection.revoked", connection_id), ("connection.grant_destroyed", connection_id)]
    assert await left_by(revoked, relay.caller) == told
    [destroyed] = await events_of(relay.caller, action="connection.grant_destroyed")
    assert destroyed["detail"]["revocation"] == "not_offered"
    again = await relay.caller.post(f"connections/{connection_id}/revoke")
    assert again.status_code < 500
    assert await left_by(again, relay.caller) == []


async def test_a_flow_that_fails_says_by_which_code(relay: Setting) -> None:
    started = await relay.start()
    async with relay.service.browser() as browser:
        callback = await relay.consent(browser, started, button="deny")
    answer = await relay.caller.callback(callback)
    refused(answer, 400, "authorization_denied")
    assert await left_by(answer, relay.caller) == [("flow.failed", started["flowId"])]
    [event] = await events_of(relay.caller, action="flow.failed")
    assert event["result"] == "authorization_denied"


async def test_what_a_browser_finishes_is_done_for_whoever_started_it(page: Setting) -> None:
    async with page.service.browser() as browser:
        flow = await page.connect(browser)
    [started] = await events_of(page.caller, action="flow.started")
    [created] = await events_of(page.caller, action="connection.created")
    assert created["target"]["id"] == flow["connectionId"]
    assert created["principal"] == started["principal"]
    assert created["requestId"] != started["requestId"]


async def test_a_grant_that_ends_is_told_and_tokens_are_not(relay: Setting) -> None:
    connection_id = await relay.connection(access_token_lifetime_seconds=0)
    before = len(await events_of(relay.caller))
    await relay.script(access_token_lifetime_seconds=0)
    for _ in range(2):
        answered(await relay.caller.token(connection_id, minimumValidity=0))
    assert await relay.refreshes() > 0
    assert len(await events_of(relay.caller)) == before
    await relay.script(token_error="invalid_grant")
    answer = await relay.caller.token(connection_id, minimumValidity=0)
    refused(answer, 409, "needs_reauthorization")
    assert await left_by(answer, relay.caller) == [("connection.grant_ended", connection_id)]


async def test_what_only_looks_or_is_refused_leaves_nothing(relay: Setting, service: Service) -> None:
    caller = relay.caller
    before = await events_of(caller)
    for path in ("apps", "connections", "credentials", "api-keys", "signing-keys", "connected-apps", "audit-events"):
        answered(await caller.get(path))
    refused(await caller.post("apps", {"name": "x"}), 400, "invalid_request")
    async with service.caller("viewer", organisation_id=caller.organisation_id) as viewer:
        refused(await viewer.post("apps", FORM_APP), 403, "forbidden")
        refused(await viewer.get("audit-events"), 403, "forbidden")
    after = await events_of(caller)
    assert [event["action"] for event in after[len(before) :]] == ["api_key.created"]  # the viewer's


async def test_an_event_names_key_request_and_source(relay: Setting) -> None:
    made = await relay.caller.post("apps", FORM_APP)
    [event] = await events_of(relay.caller, targetId=made.json()["id"])
    [key] = (await events_of(relay.caller, action="api_key.created"))[:1]
    assert event["principal"] == {"id": key["target"]["id"], "name": "the tests"}
    assert event["requestId"] == made.headers["X-Request-Id"]
    assert event["sourceAddress"] == "127.0.0.1"
    assert event["target"] == {"kind": "app", "id": made.json()["id"]}


async def test_a_signed_jwts_subject_is_its_principal(relay: Setting) -> None:
    signer, caller = Signer.make(), relay.caller
    key = {"name": "s", "algorithm": "ES256", "publicKey": signer.pem()}
    key_id = answered(await caller.post("signing-keys", key), 201)["id"]
    claims = {"sub": "user 7", "aud": PUBLIC_URL, "exp": now() + 600, "roles": ["owner"]}
    token = signer.sign(claims | {"iss": caller.organisation_id}, kid=key_id)
    headers = {"Authorization": f"JWT {token.reveal()}"}
    made = await relay.caller.http.post(relay.caller.below("credentials"), json=CREDENTIAL, headers=headers)
    [event] = await events_of(relay.caller, targetId=answered(made, 201)["id"])
    assert event["principal"]["id"].startswith("jwt_")
    assert event["principal"]["name"] == "user 7"


async def test_filters_and_pages_walk_through_all(relay: Setting) -> None:
    for number in range(5):
        answered(await relay.caller.post("credentials", CREDENTIAL | {"name": f"c{number}"}), 201)
    whole = await events_of(relay.caller)
    ids = [event["id"] for event in whole]
    assert ids == sorted(ids)
    walked: list[str] = []
    query = {"first": "2", "sort": "createdAt:desc"}
    while True:
        page = answered(await relay.caller.get("audit-events", **query))
        assert page["totalCount"] >= len(whole)
        walked += [event["id"] for event in page["items"]]
        if "next" not in page:
            break
        query["after"] = page["next"]
        answered(await relay.caller.post("credentials", CREDENTIAL), 201)  # what comes meanwhile moves nothing
    assert walked == [event["id"] for event in sorted(whole, key=lambda event: event["createdAt"], reverse=True)]
    principal_id, moment = whole[-1]["principal"]["id"], whole[-2]["createdAt"]
    mine = await events_of(relay.caller, principalId=principal_id, action="credential.created", since=moment)
    assert [event["id"] for event in mine][:2] == ids[-2:]
    assert [event["id"] for event in await events_of(relay.caller, until=moment)] == ids[:-2]
    assert await events_of(relay.caller, principalId="nobody") == []


@pytest.mark.parametrize(
    "query", [{"since": "yesterday"}, {"since": "2026-11-26T21:00:00"}, {"until": "0.5"}, {"action": "a\0b"}]
)
async def test_what_cannot_be_a_filter_is_refused(relay: Setting, query: dict[str, str]) -> None:
    refused(await relay.caller.get("audit-events", **query), 400, "invalid_request")


async def test_anothers_events_are_nobodys(relay: Setting, page: Setting, admin: httpx.AsyncClient) -> None:
    refused(await relay.caller.http.get(page.caller.below("audit-events")), 404, "not_found")
    theirs = {event["target"]["id"] for event in await events_of(page.caller)}
    assert not theirs & {event["target"]["id"] for event in await events_of(relay.caller)}
    refused(await admin.get(f"{ORGANISATIONS}/never-was/audit-events"), 404, "not_found")


async def test_a_narrowed_key_is_refused(relay: Setting, service: Service) -> None:
    body = {"name": "n", "roles": ["owner"], "only": {"appIds": [relay.app["id"]]}}
    made = answered(await relay.caller.post("api-keys", body), 201)
    async with service.http(made["key"]) as http:
        refused(await http.get(relay.caller.below("audit-events")), 403, "forbidden")


async def test_the_source_is_what_trusted_proxies_heard(postgres_server: PostgresServer, service: Service) -> None:
    forwarded = {"X-Forwarded-For": "198.51.100.66, 203.0.113.9"}
    mount: VaultMount = service.vault
    async with (
        service.caller() as direct,
        a_service(postgres_server, mount, trusted_proxies=("127.0.0.0/8",)) as behind_a_proxy,
        behind_a_proxy.caller() as proxied,
    ):
        for caller, source in ((direct, "127.0.0.1"), (proxied, "203.0.113.9")):
            made = await caller.http.post(caller.below("credentials"), json=CREDENTIAL, headers=forwarded)
            [event] = await events_of(caller, targetId=answered(made, 201)["id"])
            assert event["sourceAddress"] == source


async def test_ten_thousand_are_counted_at_most(relay: Setting, service: Service) -> None:
    statement = "SELECT append_audit_event(%s, 'thing.done', 'thing', 'x') FROM generate_series(1, 500)"
    async with behind(service.container.pool()) as connection:
        for _ in range(21):  # each well within the time for a statement
            await connection.execute(statement, [relay.caller.organisation_id])
    page = answered(await relay.caller.get("audit-events", first="1", action="thing.done"))
    assert page["totalCount"] == 10_000
    assert page["items"][0]["principal"]["id"].startswith("role:")


async def test_what_is_refused_is_in_the_log_with_who_and_whence(relay: Setting, service: Service) -> None:
    async with service.caller("viewer", organisation_id=relay.caller.organisation_id) as viewer:
        with capture_logs() as logged:
            refused(await viewer.post("apps", FORM_APP), 403, "forbidden")
    [key] = (await events_of(relay.caller, action="api_key.created"))[-1:]
    [entry] = [entry for entry in logged if entry["event"] == "forbidden"]
    assert entry["principal_id"] == key["target"]["id"]
    assert entry["source_address"] == "127.0.0.1"
