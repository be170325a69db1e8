"""A provider is told which request of ours it is asked for."""

import attrs
import pytest

from adapters.system.correlation import ContextCorrelation
from domain.secret import Secret
from tests.integration.oauth_http.exchanging import exchanger, post
from tests.integration.oauth_http.raw_server import answering, http, serving


async def test_a_request_is_named_and_a_job_names_none() -> None:
    async with serving(answering(http(b"{}"))) as server, exchanger() as sending:
        with ContextCorrelation().under("the-request"):
            await sending.send(post(server.url))
        await sending.send(post(server.url))
    during, after = server.requests
    assert b"\r\nx-request-id: the-request\r\n" in during.lower()
    assert b"x-request-id" not in after.lower()


@pytest.mark.parametrize("name", ["X-Request-Id", "x-request-id"])
async def test_a_header_of_that_name_in_an_apps_config_stays_alone(name: str) -> None:
    async with serving(answering(http(b"{}"))) as server, exchanger() as sending:
        with ContextCorrelation().under("the-request"):
            await sending.send(attrs.evolve(post(server.url), headers={name: Secret("the-apps")}))
    assert server.requests[0].lower().count(b"x-request-id") == 1
    assert b"the-apps" in server.requests[0]
