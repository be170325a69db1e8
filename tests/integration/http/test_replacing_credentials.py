"""PUT of a credential: what was read can be written back, and what could not be read is kept."""

import asyncio
from typing import Any

import pytest

from tests.integration.http.asking import UNKNOWN, execute, fields, refused
from tests.integration.http.test_credentials import a_credential, b64, in_vault, kept
from tests.support.service import Caller, Service, answered


async def put(caller: Caller, credential: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Write back what was read, but for some members."""
    return answered(await caller.put(f"credentials/{credential['id']}", credential | changes))


async def test_what_was_read_can_be_written_back(acme: Caller, service: Service) -> None:
    made = await kept(acme, redactFields=["s"], expiresAt="2099-01-01T00:00:00Z")
    again = await put(acme, made)
    assert again == made | {"updatedAt": again["updatedAt"]}
    assert again["updatedAt"] > made["updatedAt"]
    assert answered(await acme.get(f"credentials/{made['id']}")) == again
    assert await in_vault(service, acme, made["id"]) == {"a": b64("1"), "s": b64("2")}


@pytest.mark.parametrize(
    ("data", "after"),
    [
        ({}, {"s": "2"}),
        ({"a": "3"}, {"a": "3", "s": "2"}),
        ({"s": "4"}, {"s": "4"}),
        ({"a": None}, {"s": "2"}),
        ({"s": None}, {}),
        ({"never": None, "b": "5"}, {"b": "5", "s": "2"}),
    ],
)
async def test_a_redacted_member_is_kept_where_it_is_left_out_and_null_removes_it(
    data: dict[str, str | None], after: dict[str, str], acme: Caller, service: Service
) -> None:
    made = await kept(acme, redactFields=["s"])
    sent = {name: None if text is None else b64(text) for name, text in data.items()}
    replaced = await put(acme, made, data=sent)
    stored = {name: b64(text) for name, text in after.items()}
    assert await in_vault(service, acme, made["id"]) == stored
    assert replaced["data"] == {name: value for name, value in stored.items() if name != "s"}


async def test_what_is_kept_without_being_sent_stays_redacted(acme: Caller) -> None:
    made = await kept(acme, redactFields=["s"])
    replaced = await put(acme, made, redactFields=[])
    assert (replaced["data"], replaced["redactFields"]) == ({"a": b64("1")}, ["s"])
    shown = await put(acme, made, redactFields=[], data={"s": b64("2")})
    assert (shown["data"], "redactFields" in shown) == ({"s": b64("2")}, False)


async def test_a_password_is_kept_and_a_change_of_type_keeps_nothing(acme: Caller, service: Service) -> None:
    made = await kept(acme, type="BasicAuth", data={"username": b64("u"), "password": b64("p")})
    renamed = await put(acme, made, data={"username": b64("v")})
    assert "errors" not in renamed
    assert await in_vault(service, acme, made["id"]) == {"username": b64("v"), "password": b64("p")}
    changed = await put(acme, made, type="Default", data={"username": b64("w")})
    assert (changed["type"], changed["data"]) == ("Default", {"username": b64("w")})
    assert await in_vault(service, acme, made["id"]) == {"username": b64("w")}


async def test_a_replacement_replaces_the_end_and_may_take_it_away(acme: Caller) -> None:
    made = await kept(acme, expiresAt="2098-01-01T00:00:00Z")
    later = await put(acme, made, expiresAt="2099-01-01T00:00:00Z")
    assert later["expiresAt"] == "2099-01-01T00:00:00Z"
    del later["expiresAt"]
    assert "expiresAt" not in await put(acme, later)


async def test_what_is_not_whole_can_be_made_so(acme: Caller) -> None:
    made = await kept(acme, type="Raw", data={})
    assert "errors" in made
    assert "errors" not in await put(acme, made, data={"raw": b64("r")})


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"id": UNKNOWN}, "id"),
        ({"organisationID": "another"}, "organisationID"),
        ({"type": "OAuth2Refresh"}, "type"),
        ({"data": {"a": "no base64"}}, "data.a"),
        ({"expiresAt": "2020-01-01T00:00:00Z"}, "expiresAt"),
        ({"colour": "red"}, "colour"),
    ],
)
async def test_what_is_not_right_is_refused_by_its_name_and_changes_nothing(
    changes: dict[str, Any], named: str, acme: Caller, service: Service
) -> None:
    made = await kept(acme)
    assert fields(await acme.put(f"credentials/{made['id']}", made | changes)) == [named]
    assert answered(await acme.get(f"credentials/{made['id']}")) == made
    assert await in_vault(service, acme, made["id"]) == {"a": b64("1"), "s": b64("2")}


async def test_an_unknown_credential_is_not_made(acme: Caller) -> None:
    refused(await acme.put(f"credentials/{UNKNOWN}", a_credential()), 404, "not_found")


async def test_of_replacements_at_once_the_last_one_holds_whole(acme: Caller, service: Service) -> None:
    made = await kept(acme)
    answers = await asyncio.gather(
        *(put(acme, made, name=str(number), data={"n": b64(str(number))}) for number in range(10))
    )
    assert all(answer["data"] == {"n": b64(answer["name"])} for answer in answers)
    last = answered(await acme.get(f"credentials/{made['id']}"))
    assert last in answers
    assert await in_vault(service, acme, made["id"]) == last["data"]


async def test_one_that_somebody_else_wrote_into_vault_shows_nothing(acme: Caller, service: Service) -> None:
    """Its terms say nothing of what is there now."""
    made = await kept(acme)
    path = f"{service.vault.mount}/data/{acme.organisation_id}/credentials/{made['id']}"
    status, _ = await service.vault.as_root("POST", path, {"options": {"cas": 1}, "data": {"secret": b64("x")}})
    assert status == 200
    read = answered(await acme.get(f"credentials/{made['id']}"))
    assert (read["data"], [error["field"] for error in read["errors"]]) == ({}, ["data"])
    await execute(service, "DELETE FROM credentials WHERE id = %(id)s", id=made["id"])
