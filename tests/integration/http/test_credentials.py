"""Credentials that no connection owns: created, read, listed, deleted."""

import asyncio
import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.integration.http.asking import JSON, UNKNOWN, Connected, execute, fields, refused
from tests.support.postgres import all_rows
from tests.support.service import Caller, Service, answered

HALF = 256 * 1024


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def a_credential(**changes: Any) -> dict[str, Any]:
    body: dict[str, Any] = {"name": "The key of sales", "type": "Default", "data": {"a": b64("1"), "s": b64("2")}}
    return body | changes


async def kept(caller: Caller, **changes: Any) -> dict[str, Any]:
    return answered(await caller.post("credentials", a_credential(**changes)), 201)


async def in_vault(service: Service, caller: Caller, credential_id: str) -> Any:
    """The document in Vault; None where not even its metadata is there."""
    below = f"{caller.organisation_id}/credentials/{credential_id}"
    status, answer = await service.vault.as_root("GET", f"{service.vault.mount}/data/{below}")
    if status == 404:
        assert (await service.vault.as_root("GET", f"{service.vault.mount}/metadata/{below}"))[0] == 404
        return None
    return answer["data"]["data"]


async def test_a_credential_reads_back_as_it_was_answered(acme: Caller, service: Service) -> None:
    made = await kept(acme, redactFields=["s"], expiresAt="2099-01-01T02:00:00+02:00")
    assert made == {
        "id": made["id"],
        "organisationID": acme.organisation_id,
        "name": "The key of sales",
        "type": "Default",
        "data": {"a": b64("1")},
        "redactFields": ["s"],
        "expiresAt": "2099-01-01T00:00:00Z",
        "createdAt": made["createdAt"],
        "updatedAt": made["createdAt"],
    }
    assert answered(await acme.get(f"credentials/{made['id']}")) == made
    assert await in_vault(service, acme, made["id"]) == {"a": b64("1"), "s": b64("2")}


@pytest.mark.parametrize(
    ("kind", "data", "shown", "wrong"),
    [
        ("Default", {}, [], []),
        ("Default", {"bytes": "//79", "": None}, ["bytes"], []),
        ("Raw", {"raw": "x"}, [], []),
        ("Raw", {}, [], ["raw"]),
        ("Raw", {"raw": "x", "more": "y"}, ["more"], ["more"]),
        ("BasicAuth", {"username": "u", "password": "p"}, ["username"], []),
        ("BasicAuth", {"username": "u"}, ["username"], ["password"]),
    ],
)
async def test_each_type_hides_what_it_hides_and_says_what_is_not_whole(
    kind: str, data: dict[str, str | None], shown: list[str], wrong: list[str], acme: Caller
) -> None:
    sent = {name: value if name == "bytes" else b64(value) for name, value in data.items() if value is not None}
    made = await kept(acme, type=kind, data=sent)
    assert made["data"] == {name: sent[name] for name in shown}
    assert [error["field"] for error in made.get("errors", [])] == wrong
    assert answered(await acme.get(f"credentials/{made['id']}")) == made


async def test_redact_fields_are_ignored_where_the_type_decides(acme: Caller) -> None:
    made = await kept(
        acme, type="BasicAuth", data={"username": b64("u"), "password": b64("p")}, redactFields=["username"]
    )
    assert made["data"] == {"username": b64("u")}
    assert "redactFields" not in made


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"data": {"a": "a"}}, "data.a"),
        ({"data": {"a": "YQ"}}, "data.a"),
        ({"data": {"a": "YQ==\n"}}, "data.a"),
        ({"data": {"a": "-_-_"}}, "data.a"),
        ({"data": {"a": None}}, "data[...]"),
        ({"data": {"a": 1}}, "data[...]"),
        ({"data": {"": ""}}, "data"),
        ({"data": None}, "data"),
        ({"type": "OAuth2Refresh"}, "type"),
        ({"type": "raw"}, "type"),
        ({"name": ""}, "name"),
        ({"expiresAt": "2020-01-01T00:00:00Z"}, "expiresAt"),
        ({"expiresAt": "2099-01-01T00:00:00"}, "expiresAt"),
        ({"expiresAt": "tomorrow"}, "expiresAt"),
        ({"expiresAt": 4102444800}, "expiresAt"),
        ({"redactFields": "s"}, "redactFields"),
        ({"id": UNKNOWN}, "id"),
        ({"colour": "red"}, "colour"),
    ],
)
async def test_what_is_not_right_is_refused_by_its_name_and_nothing_is_kept(
    changes: dict[str, Any], named: str, acme: Caller
) -> None:
    assert fields(await acme.post("credentials", a_credential(**changes))) == [named]
    assert answered(await acme.get("credentials"))["totalCount"] == 0


async def test_a_member_that_is_null_is_one_that_is_left_out(acme: Caller) -> None:
    made = await kept(acme, redactFields=None, expiresAt=None)
    assert not {"redactFields", "expiresAt"} & made.keys()


@pytest.mark.parametrize("missing", ["name", "type", "data"])
async def test_what_is_missing_is_named(missing: str, acme: Caller) -> None:
    body = a_credential()
    del body[missing]
    assert fields(await acme.post("credentials", body)) == [missing]


async def test_c75_512_kib_of_data_are_kept_and_more_is_too_large(acme: Caller, service: Service) -> None:
    half = "A" * HALF
    made = await kept(acme, data={"a": half, "b": half})
    assert answered(await acme.get(f"credentials/{made['id']}"))["data"] == {"a": half, "b": half}
    response = await acme.post("credentials", a_credential(data={"a": half, "b": half, "c": "AAAA"}))
    refused(response, 413, "payload_too_large")
    refused(
        await acme.put(f"credentials/{made['id']}", a_credential(data={"a": half + "AAAA", "b": half})),
        413,
        "payload_too_large",
    )
    assert (await in_vault(service, acme, made["id"])).keys() == {"a", "b"}


async def test_a_list_holds_all_of_them_redacted(acme: Caller) -> None:
    made = [await kept(acme, name=name, redactFields=["s"]) for name in ("b", "a", "c")]
    page = answered(await acme.get("credentials", sort="name:asc", first="2"))
    assert (page["totalCount"], page["items"]) == (3, [made[1], made[0]])
    rest = answered(await acme.get("credentials", sort="name:asc", first="2", after=page["next"]))
    assert (rest["items"], "next" in rest) == ([made[2]], False)


async def test_what_a_connection_owns_is_read_and_listed_and_not_changed_here(connected: Connected) -> None:
    caller, path = connected.caller, f"credentials/{connected.ids['credential_id']}"
    before = answered(await caller.get(path))
    assert before["type"] == "OAuth2Refresh"
    assert before["data"].keys() == {"clientID", "tokenURL", "authStyle"}
    for response in (
        await caller.put(path, before),
        await caller.put(path, a_credential()),
        await caller.delete(path),
    ):
        refused(response, 409, "managed_by_connection")
    assert answered(await caller.get(path)) == before
    listed = answered(await caller.get("credentials", first="100"))["items"]
    assert before in listed


async def test_what_is_deleted_is_gone_with_all_of_its_secret(acme: Caller, service: Service) -> None:
    made, other = await kept(acme), await kept(acme)
    path = f"credentials/{made['id']}"
    answered(await acme.put(path, a_credential(data={"a": b64("3")})))
    assert answered(await acme.delete(path)) == {"id": made["id"]}
    for response in (await acme.get(path), await acme.delete(path), await acme.put(path, a_credential())):
        refused(response, 404, "not_found")
    assert await in_vault(service, acme, made["id"]) is None
    assert answered(await acme.get("credentials"))["items"] == [other]


async def test_of_deletes_at_once_one_is_answered(acme: Caller) -> None:
    path = f"credentials/{(await kept(acme))['id']}"
    answers = await asyncio.gather(*(acme.delete(path) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [200, 404, 404, 404, 404]


async def test_at_its_expiry_a_credential_is_gone_for_readers(acme: Caller, service: Service) -> None:
    soon = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    made, lasting = await kept(acme, expiresAt=soon), await kept(acme)
    await execute(service, "UPDATE credentials SET expires_at = clock_timestamp() WHERE id = %(id)s", id=made["id"])
    path = f"credentials/{made['id']}"
    for response in (await acme.get(path), await acme.delete(path), await acme.put(path, a_credential())):
        refused(response, 404, "not_found")
    page = answered(await acme.get("credentials"))
    assert (page["totalCount"], page["items"]) == (1, [lasting])
    assert await in_vault(service, acme, made["id"]) is not None


async def test_one_whose_secret_is_gone_from_vault_says_so(acme: Caller, service: Service) -> None:
    made = await kept(acme)
    below = f"{acme.organisation_id}/credentials/{made['id']}"
    await service.vault.as_root("DELETE", f"{service.vault.mount}/metadata/{below}")
    read = answered(await acme.get(f"credentials/{made['id']}"))
    assert (read["data"], [error["field"] for error in read["errors"]]) == ({}, ["data"])
    answered(await acme.delete(f"credentials/{made['id']}"))


async def test_no_row_holds_anything_of_the_data(acme: Caller, service: Service) -> None:
    made = await kept(acme, data={"swordfish": b64("marlin")}, redactFields=["other"])
    answered(await acme.put(f"credentials/{made['id']}", a_credential(data={"swordfish": b64("marlin")})))
    rows = await all_rows(service.container.pool())
    assert made["id"] in rows
    assert not [held for held in ("swordfish", "marlin", b64("marlin")) if held in rows]


@pytest.mark.parametrize("member", ["name", "data"])
async def test_a_lone_surrogate_is_no_text(member: str, acme: Caller) -> None:
    body = b'{"name": "n", "type": "Default", "data": {"k": "YQ=="}}'
    broken = body.replace({"name": b'"n"', "data": b'"k"'}[member], b'"\\ud800"')
    response = await acme.http.post(acme.below("credentials"), content=broken, headers=JSON)
    refused(response, 400, "invalid_request")
