"""A client secret goes into Vault with its app, and nowhere else."""

import pytest

from tests.integration.http.asking import an_app, an_oauth2_config
from tests.support.postgres import all_rows
from tests.support.service import Caller, Service, answered


async def stored(service: Service, acme: Caller, app_id: str) -> object:
    """The app's document, at the documented path, read under the service's own token."""
    path = f"{service.vault.mount}/data/{acme.organisation_id}/apps/{app_id}"
    status, answer = await service.vault.as_service("GET", path)
    assert status == 200, answer
    return answer["data"]["data"]


async def test_client_secrets_are_in_vault_at_the_apps_path(service: Service, acme: Caller) -> None:
    oidc = {
        "type": "oidc",
        "data": {"discoveryUrl": "https://provider.example", "clientId": "c", "clientSecret": "the-other-secret"},
    }
    made = answered(await acme.post("apps", an_app(authConfigs=[an_oauth2_config(), oidc])))
    assert await stored(service, acme, made["id"]) == {
        "oauth2.client_secret": "the-client-secret",
        "oidc.client_secret": "the-other-secret",
    }


async def test_a_public_client_has_a_document_without_a_secret(service: Service, acme: Caller) -> None:
    made = answered(await acme.post("apps", an_app(authConfigs=[an_oauth2_config(clientSecret=None)])))
    assert await stored(service, acme, made["id"]) == {}


@pytest.mark.parametrize("client_id", ["the-client", ""])
async def test_a_secret_is_in_no_answer_and_in_no_row(client_id: str, service: Service, acme: Caller) -> None:
    config = an_oauth2_config(clientSecret="c4n4ry", clientId=client_id)
    made = await acme.post("apps", an_app(authConfigs=[config]))
    app_id = answered(made)["id"]
    answers = [made, await acme.get(f"apps/{app_id}"), await acme.get("apps")]
    if client_id:
        answers.append(await acme.post("connection-init", {"appId": app_id, "authType": "oauth2"}))
    for answer in answers:
        assert "c4n4ry" not in f"{answer.text}{answer.headers}"
        assert "clientSecret" not in answer.text
    assert "c4n4ry" not in await all_rows(service.container.pool())
    assert await stored(service, acme, app_id) == {"oauth2.client_secret": "c4n4ry"}


async def test_a_refused_app_leaves_no_row_and_no_secret(service: Service, acme: Caller) -> None:
    relay = f"https://relay.example/{acme.organisation_id}"
    answered(await acme.post("apps", an_app(relayCallbackUrl=relay)))
    assert (await acme.post("apps", an_app(relayCallbackUrl=relay))).status_code == 409
    assert (await acme.post("apps", an_app(authConfigs=[an_oauth2_config(nope="c4n4ry")]))).status_code == 400
    apps = answered(await acme.get("apps"))
    listing = f"{service.vault.mount}/metadata/{acme.organisation_id}/apps?list=true"
    _, kept = await service.vault.as_root("GET", listing)
    assert kept["data"]["keys"] == [app["id"] for app in apps["items"]]
