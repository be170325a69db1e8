"""Connections from a form, for every auth type that needs no browser."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import attrs
import pytest

from tests.integration.connections.making import (
    API_KEY,
    BASIC,
    JWT,
    LONG_SECRET,
    an_app,
    create,
    created,
    direct,
    everything_in_postgres,
    fetched,
    in_vault,
    replace,
)
from tests.support.postgres import behind
from tests.support.provider import StrictProvider
from tests.support.service import Caller, Service, Setting, a_setting, answered, refused

ANYWHERE = "http://127.0.0.1:9/token"


@attrs.frozen
class Form:
    """A config, its form filled in, the credential that comes of it, and what nobody may read."""

    config: dict[str, Any]
    data: dict[str, Any]
    credential_type: str
    hidden: tuple[str, ...]
    shown: dict[str, str] = attrs.field(factory=dict)


FORMS = (
    Form(API_KEY, {"apiKey": "the-api-key"}, "Raw", ("the-api-key",)),
    Form(
        BASIC,
        {"user": "alice", "password": "the-password"},
        "BasicAuth",
        ("the-password",),
        shown={"username": "YWxpY2U="},
    ),
    Form(
        direct(ANYWHERE),
        {
            "clientId": "c",
            "clientSecret": "the-client-secret",
            "additionalParameters": "k=the-parameter",
            "authStyle": 1,
        },
        "Default",
        ("the-client-secret", "the-parameter"),
    ),
    Form(JWT, {"secret": LONG_SECRET, "payload": '{"sub": "the-subject"}'}, "Default", (LONG_SECRET, "the-subject")),
    Form(fetched(ANYWHERE), {"secret": "the-fetching-secret"}, "Default", ("the-fetching-secret",)),
)
each_form = pytest.mark.parametrize("form", FORMS, ids=lambda form: form.config["type"])


@each_form
async def test_a_form_makes_a_connection_whose_secrets_are_in_vault_alone(
    acme: Caller, service: Service, form: Form, capfd: pytest.CaptureFixture[str]
) -> None:
    response = await create(acme, form.config, **form.data)
    connection = answered(response, 201)
    told = (connection["name"], connection["authType"], connection["status"])
    assert told == ("Mine", form.config["type"], "active")
    assert (connection["authConfig"]["type"], connection["authConfig"]["isValid"]) == (form.config["type"], True)
    assert answered(await acme.get(f"connections/{connection['id']}")) == connection
    assert connection["id"] in {item["id"] for item in answered(await acme.get("connections"))["items"]}
    kept = str(await in_vault(service, connection))
    rows = await everything_in_postgres(service)
    printed = "".join(capfd.readouterr())
    for secret in form.hidden:
        assert secret not in printed
        assert secret in kept
        assert secret not in rows
        assert secret not in response.text


@each_form
async def test_its_credential_says_what_it_is_and_shows_no_secret(acme: Caller, form: Form) -> None:
    connection = await created(acme, form.config, **form.data)
    credential = answered(await acme.get(f"credentials/{connection['credentialId']}"))
    assert credential["type"] == form.credential_type
    assert "errors" not in credential
    assert credential["data"] == form.shown


@each_form
async def test_connection_init_answers_the_schema_of_the_form(acme: Caller, form: Form) -> None:
    request = {"appId": await an_app(acme, form.config), "authType": form.config["type"].upper()}
    started = answered(await acme.post("connection-init", request))
    assert started.keys() == {"action"}
    schema = started["action"]["form"]["schema"]
    assert form.data.keys() <= schema["properties"].keys()
    assert set(schema["required"]) <= form.data.keys()


async def test_a_form_without_its_members_is_refused_by_name_and_leaves_nothing(acme: Caller) -> None:
    body = refused(await create(acme, API_KEY, key="x"), 400, "invalid_request")
    assert {field["field"] for field in body["extensions"]["fields"]} == {"data.key", "data.apiKey"}
    assert answered(await acme.get("connections"))["totalCount"] == 0


async def test_basic_authentication_takes_the_apps_defaults(acme: Caller, service: Service) -> None:
    connection = await created(acme, BASIC)
    assert await in_vault(service, connection) == {"username": "bob", "password": "the-default-password"}


@asynccontextmanager
async def public(service: Service, app_id: str) -> AsyncIterator[None]:
    """Everybody's meanwhile: what stays public would be in the lists of other tests."""
    statement = "UPDATE apps SET public = %s WHERE id = %s"
    async with behind(service.container.pool()) as connection:
        await connection.execute(statement, [True, app_id])
        try:
            yield
        finally:
            await connection.execute(statement, [False, app_id])


async def test_a_public_apps_default_secrets_are_its_own_organisations(acme: Caller, service: Service) -> None:
    app = await an_app(acme, BASIC)
    async with public(service, app), service.caller() as other:
        body: dict[str, Any] = {"name": "Mine", "appId": app, "authType": "httpBasicAuth", "data": {}}
        told = refused(await other.post("connections", body), 400, "invalid_request")
        assert [field["field"] for field in told["extensions"]["fields"]] == ["data.password"]
        made = answered(await other.post("connections", body | {"data": {"password": "own"}}), 201)
        assert (made["orgId"], made["app"]["id"]) == (other.organisation_id, app)
        assert await in_vault(service, made) == {"username": "bob", "password": "own"}


async def test_an_app_is_connected_while_it_has_connections(acme: Caller) -> None:
    first = await created(acme, API_KEY, apiKey="k")
    second = await created(acme, API_KEY, apiKey="k")
    listed = answered(await acme.get("connected-apps", sort="name:asc,id:desc"))
    assert listed["totalCount"] == 2
    assert listed["items"] == [
        {"app": made["app"], "connections": [{"id": made["id"], "name": "Mine"}]}
        for made in sorted((first, second), key=lambda made: made["app"]["id"], reverse=True)
    ]
    answered(await acme.delete(f"connections/{first['id']}"))
    assert [item["app"]["id"] for item in answered(await acme.get("connected-apps"))["items"]] == [second["app"]["id"]]


async def test_a_code_grant_is_not_made_from_a_form(service: Service, provider: StrictProvider) -> None:
    async with a_setting(service, provider) as setting:
        body = {"name": "Mine", "appId": setting.app["id"], "authType": "oauth2", "data": {}}
        told = refused(await setting.caller.post("connections", body), 400, "invalid_request")
    assert "connection-init" in told["extensions"]["fields"][0]["message"]


async def test_a_key_that_cannot_sign_is_refused(acme: Caller) -> None:
    told = refused(await create(acme, JWT, secret="no key", algorithm="RS256"), 400, "invalid_request")
    assert [field["field"] for field in told["extensions"]["fields"]] == ["data.secret"]
    assert "no key" not in str(told)


async def test_an_app_of_another_organisation_is_not_there(acme: Caller, service: Service) -> None:
    app = await an_app(acme, API_KEY)
    async with service.caller() as other:
        body = {"name": "Mine", "appId": app, "authType": "apikey", "data": {"apiKey": "k"}}
        refused(await other.post("connections", body), 404, "not_found")


async def test_what_was_read_can_be_sent_back_with_a_new_name(acme: Caller, service: Service) -> None:
    connection = await created(acme, API_KEY, apiKey="k-1")
    replaced = answered(await replace(acme, connection, name="Yours", data={}))
    assert (replaced["name"], replaced["id"], replaced["status"]) == ("Yours", connection["id"], "active")
    assert answered(await acme.get(f"credentials/{connection['credentialId']}"))["name"] == "Yours"
    assert await in_vault(service, connection) == {"raw": "k-1"}


async def test_new_data_take_the_place_of_the_old_and_what_is_left_out_stays(acme: Caller, service: Service) -> None:
    connection = await created(acme, BASIC, user="alice", password="first")
    answered(await replace(acme, connection, data={"password": "second"}))
    assert await in_vault(service, connection) == {"username": "alice", "password": "second"}


async def test_a_refused_replacement_changes_nothing(acme: Caller, service: Service) -> None:
    connection = await created(acme, API_KEY, apiKey="k-1")
    refused(await replace(acme, connection, name="Yours", data={"apiKey": ""}), 400, "invalid_request")
    refused(await replace(acme, connection, id="01KNZ5Q2M0ABCDEFGHJKMNPQRS", data={}), 400, "invalid_request")
    refused(await replace(acme, connection, orgId="another", data={}), 400, "invalid_request")
    assert answered(await acme.get(f"connections/{connection['id']}")) == connection
    assert await in_vault(service, connection) == {"raw": "k-1"}


async def test_of_a_code_grant_only_the_name_changes(service: Service, provider: StrictProvider) -> None:
    async with a_setting(service, provider, relay=True) as relay:
        connection = await _connected(relay)
        refused(await replace(relay.caller, connection, data={"apiKey": "k"}), 400, "invalid_request")
        replaced = answered(await replace(relay.caller, connection, name="Yours", data={}))
        assert replaced["name"] == "Yours"
        answered(await relay.caller.token(connection["id"]))


async def test_a_list_of_one_status_or_app_holds_no_other(acme: Caller) -> None:
    first = await created(acme, API_KEY, apiKey="k")
    await created(acme, API_KEY, apiKey="k")
    of_app = answered(await acme.get("connections", appId=first["app"]["id"]))
    assert [item["id"] for item in of_app["items"]] == [first["id"]]
    assert answered(await acme.get("connections", status="active"))["totalCount"] == 2
    assert answered(await acme.get("connections", status="needs_reauthorization"))["totalCount"] == 0
    refused(await acme.get("connections", status="deleting"), 400, "invalid_request")


async def _connected(setting: Setting) -> dict[str, Any]:
    return answered(await setting.caller.get(f"connections/{await setting.connection()}"))
