"""How long requests take, by templates: a caller makes no labels."""

import httpx

from tests.support.service import Caller


async def test_a_route_is_measured_by_its_template(acme: Caller, stranger: httpx.AsyncClient) -> None:
    await acme.get("connections")
    await acme.get("connections/CANARY")
    measured = (await stranger.get("/metrics")).text
    below = "/v1alpha1/organisations/{organisation_id}/connections"
    assert f'_count{{method="GET",route="{below}",status="2xx"}}' in measured
    assert f'_count{{method="GET",route="{below}/{{connection_id}}",status="4xx"}}' in measured
    assert "CANARY" not in measured
    assert acme.organisation_id not in measured


async def test_what_is_not_served_is_one_label(stranger: httpx.AsyncClient) -> None:
    await stranger.request("CANARY", "/livez")
    await stranger.get("/CANARY")
    measured = (await stranger.get("/metrics")).text
    assert '_count{method="other",route="none",status="4xx"}' in measured
    assert '_count{method="GET",route="none",status="4xx"}' in measured
    assert "CANARY" not in measured
