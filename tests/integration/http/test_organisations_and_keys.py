"""Organisations, and the keys to them."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.integration.http.asking import UNKNOWN, fields, refused
from tests.support.postgres import all_rows
from tests.support.service import Caller, Service, answered

ORGANISATIONS = "/v1alpha1/organisations"
ULID = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}")
UTC_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


def a_key(**members: Any) -> dict[str, Any]:
    return {"name": "of a test", "roles": ["viewer"]} | members


async def test_an_organisation_gets_an_identifier_where_none_is_given(admin: httpx.AsyncClient) -> None:
    made = answered(await admin.post(ORGANISATIONS, json={"name": "Acme Ltd"}), 201)
    assert made.keys() == {"id", "name", "createdAt"}
    assert made["name"] == "Acme Ltd"
    assert ULID.fullmatch(made["id"])
    assert UTC_TIME.fullmatch(made["createdAt"])


@pytest.mark.parametrize("form", ["{}", "A.b_c-{}", "{}".ljust(60, "x")])
async def test_an_identifier_that_was_chosen_is_kept_and_taken_once(
    form: str, admin: httpx.AsyncClient, acme: Caller
) -> None:
    chosen = form.format(acme.organisation_id)[:64]
    made = answered(await admin.post(ORGANISATIONS, json={"name": "x", "id": f"o{chosen}"[:64]}), 201)
    assert made["id"] == f"o{chosen}"[:64]
    refused(await admin.post(ORGANISATIONS, json={"name": "y", "id": made["id"]}), 409, "already_exists")


@pytest.mark.parametrize(
    "chosen", ["", "_probe", "-x", ".x", "..", "a/b", "a b", "a\n", "é", "x" * 65, "a%2fb", "a\\b", "a\u202eb"]
)
async def test_an_identifier_that_could_not_be_in_a_path_is_refused(chosen: str, admin: httpx.AsyncClient) -> None:
    assert fields(await admin.post(ORGANISATIONS, json={"name": "x", "id": chosen})) == ["id"]


@pytest.mark.parametrize("name", ["", "x" * 257])
async def test_a_name_is_neither_empty_nor_endless(name: str, admin: httpx.AsyncClient) -> None:
    assert fields(await admin.post(ORGANISATIONS, json={"name": name})) == ["name"]


async def test_a_key_is_shown_once_and_kept_as_a_hash(service: Service, acme: Caller) -> None:
    made = answered(await acme.post("api-keys", a_key(roles=["viewer", "issuer", "viewer"])), 201)
    assert made.keys() == {"id", "name", "roles", "prefix", "createdAt", "key"}
    assert ULID.fullmatch(made["id"])
    assert made["roles"] == ["issuer", "viewer"]
    assert made["key"].startswith(made["prefix"])
    assert len(made["key"]) >= 43, "256 bits"
    assert made["key"] not in await all_rows(service.container.pool())
    async with service.http(made["key"]) as http:
        assert (await http.get(acme.below("apps"))).status_code == 200


async def test_a_key_expires_when_it_was_told_to_in_utc(acme: Caller) -> None:
    made = answered(await acme.post("api-keys", a_key(expiresAt="2099-01-01T01:00:00+02:00")), 201)
    assert made["expiresAt"] == "2098-12-31T23:00:00Z"


@pytest.mark.parametrize(
    "expiry",
    [
        "2020-01-01T00:00:00Z",
        "2099-01-01T00:00:00",
        "2099-01-01",
        "9999-12-31T23:59:59-23:59",
        "0001-01-01T00:00:00+23:59",
        "tomorrow",
        "",
        4_070_908_800,
    ],
)
async def test_an_expiry_is_a_moment_to_come(expiry: object, acme: Caller) -> None:
    assert fields(await acme.post("api-keys", a_key(expiresAt=expiry))) == ["expiresAt"]


async def test_a_key_may_expire_in_a_moment(acme: Caller) -> None:
    soon = datetime.now(UTC) + timedelta(minutes=1)
    answered(await acme.post("api-keys", a_key(expiresAt=soon.isoformat())), 201)


@pytest.mark.parametrize("roles", [[], ["platform-admin"], ["viewer", "platform-admin"]])
async def test_a_key_has_an_organisations_roles(roles: list[str], acme: Caller, admin: httpx.AsyncClient) -> None:
    assert fields(await acme.post("api-keys", a_key(roles=roles))) == ["roles"]
    assert fields(await admin.post(acme.below("api-keys"), json=a_key(roles=roles))) == ["roles"]


@pytest.mark.parametrize(
    ("members", "named"),
    [
        ({"roles": ["admin"]}, "roles[0]"),
        ({"roles": ["viewer", "Owner"]}, "roles[1]"),
        ({"roles": "viewer"}, "roles"),
        ({"roles": None}, "roles"),
        ({"name": ""}, "name"),
        ({"organisationId": "another"}, "organisationId"),
        ({"key": "chosen"}, "key"),
        ({"only": {"appIds": ["x"]}}, "only.appIds"),
        ({"only": {"connectionIds": ["../x"]}}, "only.connectionIds"),
        ({"only": {"endUserIds": [""]}}, "only.endUserIds[0]"),
        ({"only": {"apps": []}}, "only.apps"),
        ({"only": []}, "only"),
        ({"only": 7}, "only"),
    ],
)
async def test_a_key_that_is_not_as_it_must_be_is_refused(members: dict[str, Any], named: str, acme: Caller) -> None:
    assert fields(await acme.post("api-keys", a_key(**members))) == [named]


async def test_a_narrowing_reads_back_as_it_was_asked_for(acme: Caller) -> None:
    only = {"appIds": [UNKNOWN], "connectionIds": [], "endUserIds": ["ann", "bob"]}
    made = answered(await acme.post("api-keys", a_key(only=only)), 201)
    assert made["only"] == only
    assert answered(await acme.get(f"api-keys/{made['id']}"))["only"] == only


async def test_what_narrows_nothing_is_left_out(acme: Caller) -> None:
    assert "only" not in answered(await acme.post("api-keys", a_key(only={})), 201)


async def test_a_key_is_read_and_listed_by_its_prefix_and_never_whole(acme: Caller) -> None:
    made = answered(await acme.post("api-keys", a_key(name="of CI", expiresAt="2099-01-01T00:00:00Z")), 201)
    read = answered(await acme.get(f"api-keys/{made['id']}"))
    assert read == {name: value for name, value in made.items() if name != "key"}
    listed = await acme.get("api-keys")
    assert read in answered(listed)["items"]
    assert made["key"] not in listed.text


async def test_a_list_of_keys_goes_on_behind_its_cursor(acme: Caller) -> None:
    for _ in range(3):
        answered(await acme.post("api-keys", a_key()), 201)
    first = answered(await acme.get("api-keys", first="3"))
    second = answered(await acme.get("api-keys", first="3", after=first["next"]))
    assert first["totalCount"] == second["totalCount"] == 4
    assert len({key["id"] for key in first["items"] + second["items"]}) == 4
    assert "next" not in second


async def test_a_key_that_was_deleted_is_refused_at_once_and_deleted_once(service: Service, acme: Caller) -> None:
    made = answered(await acme.post("api-keys", a_key()), 201)
    async with service.http(made["key"]) as http:
        assert (await http.get(acme.below("apps"))).status_code == 200
        deleted = await acme.http.delete(acme.below(f"api-keys/{made['id']}"))
        assert answered(deleted) == {"id": made["id"]}
        refused(await http.get(acme.below("apps")), 401, "unauthorized")
    refused(await acme.http.delete(acme.below(f"api-keys/{made['id']}")), 404, "not_found")
    refused(await acme.get(f"api-keys/{made['id']}"), 404, "not_found")


async def test_organisations_are_listed_in_pages(admin: httpx.AsyncClient, acme: Caller) -> None:
    seen: list[str] = []
    query: dict[str, str] = {"first": "2"}
    while True:
        page = answered(await admin.get(ORGANISATIONS, params=query))
        seen += [organisation["id"] for organisation in page["items"]]
        if "next" not in page:
            break
        query["after"] = page["next"]
    assert seen == sorted(set(seen))
    assert acme.organisation_id in seen
    assert len(seen) == page["totalCount"]


async def test_an_organisation_is_read_by_whoever_is_in_it(acme: Caller, admin: httpx.AsyncClient) -> None:
    mine = answered(await acme.http.get(f"{ORGANISATIONS}/{acme.organisation_id}"))
    assert mine == answered(await admin.get(f"{ORGANISATIONS}/{acme.organisation_id}"))
    assert mine["id"] == acme.organisation_id


async def test_an_unknown_organisation_has_no_keys(admin: httpx.AsyncClient) -> None:
    refused(await admin.post(f"{ORGANISATIONS}/nowhere/api-keys", json=a_key()), 404, "not_found")
