"""CORS by app: a page may read what is answered about the apps that allow its origin, and about nothing else."""

from collections.abc import AsyncIterator, Mapping
from urllib.parse import parse_qs, urlsplit

import attrs
import httpx
import pytest

from tests.integration.http.asking import UNKNOWN, an_app
from tests.support.provider import StrictProvider
from tests.support.service import Caller, Service, a_setting, answered

OURS, THEIRS, STRANGERS, SHARED = "https://a.example", "https://b.example", "https://c.example", "https://d.example"
ORIGINS = (OURS, THEIRS, STRANGERS, SHARED, "https://A.example", "https://a.example:8443", "http://a.example", "null")
PREFLIGHT = {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "authorization"}

BY_ADDRESS: Mapping[str, set[str]] = {
    # What names an app, or what was made with it.
    "organisations/{organisation}/apps/{ours}": {OURS},
    "organisations/{organisation}/apps/{theirs}": {THEIRS},
    "organisations/{organisation}/connections/{connection}": {OURS},
    "organisations/{organisation}/connections/{connection}/token": {OURS},
    "organisations/{organisation}/connections/{connection}/headers": {OURS},
    "organisations/{organisation}/connections/{connection}/revoke": {OURS},
    "organisations/{organisation}/connections/{their_connection}/headers": {THEIRS},
    "organisations/{organisation}/connection-init/{flow}": {OURS},
    "connections/oauth2/callback?code=c&state={state}": {OURS},
    "apps/{public}": {SHARED},
    # What names none, or nothing that is there: any app that the organisation can use.
    "organisations/{organisation}/apps": {OURS, THEIRS, SHARED},
    "organisations/{organisation}/connections": {OURS, THEIRS, SHARED},
    "organisations/{organisation}/connections?appId={ours}": {OURS, THEIRS, SHARED},
    "organisations/{organisation}/connection-init": {OURS, THEIRS, SHARED},
    "organisations/{organisation}/connected-apps": {OURS, THEIRS, SHARED},
    "organisations/{organisation}/connections/{unknown}": {OURS, THEIRS, SHARED},
    "organisations/{organisation}/apps/{unknown}": {OURS, THEIRS, SHARED},
    "apps": {SHARED},
    "apps/{ours}": {SHARED},
    "connections/oauth2/callback?code=c&state=unknown": {SHARED},
    # What no app stands behind.
    "organisations/{organisation}/credentials": set(),
    "organisations/{organisation}/credentials/{unknown}": set(),
    "organisations/{organisation}/api-keys": set(),
    "organisations/{organisation}/signing-keys": set(),
    "organisations/{organisation}/audit-events": set(),
    "organisations/{organisation}": set(),
    "organisations": set(),
    "organisations/{organisation}/connections/{connection}/nothing": set(),
    "organisations/{organisation}/connections/no-id": set(),
    "organisations/-/connections": set(),
    "connections/oauth2/callback?code=c": set(),
    "connections/oauth2/callback?state={state}&state={state}": set(),
}


@attrs.frozen
class Scene:
    """An organisation with an app of each of two origins and a public one at hand, and what was made with them."""

    caller: Caller
    names: Mapping[str, str]

    def address(self, template: str) -> str:
        return "/v1alpha1/" + template.format(**self.names)

    async def readers(self, template: str, *, by: str) -> set[str]:
        """The origins whose pages may read what this method answers there."""
        asked = PREFLIGHT if by == "OPTIONS" else {}
        answers = {
            origin: await self.caller.http.request(by, self.address(template), headers=asked | {"Origin": origin})
            for origin in ORIGINS
        }
        for origin, answer in answers.items():
            assert answer.headers.get_list("Vary") == ["Origin"]
            assert answer.headers.get("Access-Control-Allow-Origin") in {None, origin}
            assert "Access-Control-Allow-Credentials" not in answer.headers
        return {origin for origin, answer in answers.items() if "Access-Control-Allow-Origin" in answer.headers}


@pytest.fixture(scope="module")
async def scene(service: Service, provider: StrictProvider) -> AsyncIterator[Scene]:
    async with (
        a_setting(service, provider, relay=True) as setting,
        service.caller() as stranger,
        service.http(service.admin_key.reveal()) as admin,
    ):
        caller = setting.caller
        answered(await caller.put(f"apps/{setting.app['id']}", setting.app | {"allowedOrigins": [OURS]}))
        started, callback = await setting.relayed()
        answered(await caller.callback(callback), 201)
        flow = await caller.flow(started["flowId"])
        key = {"type": "apikey", "data": {"name": "X-Key", "in": "header"}}
        theirs = answered(await caller.post("apps", an_app(authConfigs=[key], allowedOrigins=[THEIRS])))
        form = {"name": "form", "appId": theirs["id"], "authType": "apikey", "data": {"apiKey": "k"}}
        answered(await stranger.post("apps", an_app(allowedOrigins=[STRANGERS])))
        body = an_app(public=True, allowedOrigins=[SHARED])
        public = answered(await admin.post(stranger.below("apps"), json=body))
        names = {
            "organisation": caller.organisation_id,
            "ours": setting.app["id"],
            "theirs": theirs["id"],
            "public": public["id"],
            "connection": flow["connectionId"],
            "their_connection": answered(await caller.post("connections", form), 201)["id"],
            "flow": flow["flowId"],
            "state": parse_qs(urlsplit(callback).query)["state"][0],
            "unknown": UNKNOWN,
        }
        yield Scene(caller, names)
        answered(await admin.delete(stranger.below(f"apps/{public['id']}")))


@pytest.mark.parametrize("template", BY_ADDRESS)
async def test_a_preflight_is_answered_to_the_origins_of_what_its_address_names(template: str, scene: Scene) -> None:
    assert await scene.readers(template, by="OPTIONS") == BY_ADDRESS[template]


@pytest.mark.parametrize("template", BY_ADDRESS)
async def test_an_answer_can_be_read_whatever_it_is_by_the_same_origins(template: str, scene: Scene) -> None:
    assert await scene.readers(template, by="GET") == BY_ADDRESS[template]


async def test_what_is_refused_can_be_read_too(scene: Scene, service: Service) -> None:
    path = scene.address("organisations/{organisation}/connections/{connection}/token")
    async with service.http(None) as stranger:
        unauthorized = await stranger.post(path, headers={"Origin": OURS})
    malformed = await scene.caller.http.post(path, json={"unknown": 1}, headers={"Origin": OURS})
    assert [unauthorized.status_code, malformed.status_code] == [401, 400]
    for answer in (unauthorized, malformed):
        assert answer.headers["Access-Control-Allow-Origin"] == OURS
        assert "Retry-After" in answer.headers["Access-Control-Expose-Headers"]


async def test_an_origin_that_the_app_allows_no_more_reads_nothing_from_then_on(service: Service) -> None:
    async with service.caller() as caller:
        app = answered(await caller.post("apps", an_app(allowedOrigins=["https://e.example"])))
        before = await _asked(caller, app["id"])
        answered(await caller.put(f"apps/{app['id']}", app | {"allowedOrigins": []}))
        after = await _asked(caller, app["id"])
    assert [before.headers.get("Access-Control-Allow-Origin"), after.headers.get("Access-Control-Allow-Origin")] == [
        "https://e.example",
        None,
    ]


async def _asked(caller: Caller, app_id: str) -> httpx.Response:
    return await caller.http.get(caller.below(f"apps/{app_id}"), headers={"Origin": "https://e.example"})
