"""The provider's authorisation endpoint: what it refuses, and what it answers (RFC 6749 §4.1)."""

from urllib.parse import parse_qs, urlsplit

import pytest

from tests.integration.support.flow import REDIRECT_URI, Relation, relation
from tests.support.browser import Browser, Page
from tests.support.provider import StrictProvider


async def at(url: str) -> Page:
    async with Browser() as browser:
        return await browser.get(url, until=lambda location: location.startswith(REDIRECT_URI))


def answer_in(page: Page) -> dict[str, list[str]]:
    assert page.location is not None
    return parse_qs(urlsplit(page.location).query)


async def test_consent_brings_a_code_with_the_state_and_the_issuer(acme: Relation) -> None:
    answer = await acme.answer()
    assert answer.keys() == {"code", "state", "iss"}
    assert (answer["state"], answer["iss"]) == (["a-state"], [acme.provider.issuer])


async def test_a_refused_consent_brings_the_error_with_state_and_issuer(acme: Relation) -> None:
    answer = await acme.answer(button="deny")
    assert answer == {"error": ["access_denied"], "state": ["a-state"], "iss": [acme.provider.issuer]}


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"client_id": "nobody"}, "client_unknown"),
        ({"client_id": None}, "parameter_missing"),
        ({"redirect_uri": f"{REDIRECT_URI}/"}, "redirect_uri"),
        ({"redirect_uri": None}, "parameter_missing"),
        ({"client_secret": "s3cret"}, "secret_in_url"),
        ({"code_verifier": "v"}, "secret_in_url"),
    ],
)
async def test_what_could_lead_astray_is_refused_on_the_spot(
    acme: Relation, changes: dict[str, str | None], wrong: str
) -> None:
    page = await at(acme.authorization_url(**changes))
    assert (page.status, page.forms) == (400, ())
    assert wrong in page.text


async def test_a_repeated_parameter_is_refused_on_the_spot(acme: Relation) -> None:
    page = await at(acme.authorization_url() + "&state=another")
    assert page.status == 400
    assert (await acme.provider.ledger(acme.client.client_id)).count("repeated_parameter") == 1


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_mode": "form_post"}, "invalid_request"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"scope": "read everything"}, "invalid_scope"),
        ({"prompt": "none"}, "interaction_required"),
        ({"request_uri": "https://x.example"}, "request_uri_not_supported"),
    ],
)
async def test_what_is_wrong_with_the_request_is_answered_to_the_client(
    acme: Relation, changes: dict[str, str | None], error: str
) -> None:
    answer = answer_in(await at(acme.authorization_url(**changes)))
    assert (answer["error"], answer["state"]) == ([error], ["a-state"])


async def test_a_client_without_pkce_may_leave_it_out(provider: StrictProvider) -> None:
    async with relation(provider, pkce_required=False) as client:
        code = await client.code(code_challenge=None, code_challenge_method=None)
        assert (await client.redeem(code, code_verifier=None)).status_code == 200


@pytest.mark.parametrize(
    ("iss", "count", "honest"), [("right", 1, True), ("wrong", 1, False), ("absent", 0, False), ("twice", 2, True)]
)
async def test_the_issuer_is_as_scripted_also_beside_an_error(
    acme: Relation, iss: str, count: int, honest: bool
) -> None:
    await acme.provider.script(acme.client.client_id, iss=iss, deny=True)
    answer = answer_in(await at(acme.authorization_url()))
    assert answer["error"] == ["access_denied"]
    assert len(answer.get("iss", [])) == count
    assert (acme.provider.issuer in answer.get("iss", [])) is honest


async def test_an_error_can_be_scripted_with_any_description(acme: Relation) -> None:
    hostile = "<script>\r\né"
    await acme.provider.script(
        acme.client.client_id, authorization_error="server_error", authorization_error_description=hostile
    )
    answer = answer_in(await at(acme.authorization_url()))
    assert (answer["error"], answer["error_description"]) == (["server_error"], [hostile])


async def test_a_consent_is_given_once(acme: Relation) -> None:
    async with Browser() as browser:
        consent = await browser.get(acme.authorization_url())
        await browser.submit(consent, button="approve", until=lambda url: url.startswith(REDIRECT_URI))
        again = await browser.submit(consent, button="approve")
    assert again.status == 400
    assert len((await acme.provider.ledger(acme.client.client_id)).grants) == 1


async def test_metadata_is_a_clients_own_where_it_is_scripted(acme: Relation) -> None:
    await acme.provider.script(
        acme.client.client_id, promises_iss=False, metadata={"issuer": "https://other.example", "jwks_uri": None}
    )
    correct = (await acme.http.get(acme.provider.discovery_url)).json()
    scripted = (await acme.http.get(acme.provider.discovery_url_of(acme.client.client_id))).json()
    assert correct["issuer"] == acme.provider.issuer
    assert correct["authorization_response_iss_parameter_supported"] is True
    assert correct["token_endpoint"] == acme.provider.token_endpoint
    assert scripted["issuer"] == "https://other.example"
    assert scripted["authorization_response_iss_parameter_supported"] is False
    assert "jwks_uri" not in scripted
