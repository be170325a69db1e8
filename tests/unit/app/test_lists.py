"""Pages of a list, and their cursors."""

import base64
from contextlib import suppress
from datetime import UTC, datetime

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.http.wire.cursors import Cursors
from app.http.wire.pages import read_asked_page, read_first, read_sort, refuse_what_comes_later
from domain.errors import InvalidRequest, NotOfferedYet
from domain.lists import BY_ID, ListQuery, Page, Position, Side, SortField, read_order
from domain.secret import Secret

ULIDS = [f"01KNZ5Q2M0ABCDEFGHJKMNPQR{letter}" for letter in "STVWX"]
CURSORS = Cursors(Secret("k" * 64), "apps of acme", BY_ID)
BY_NAME_AND_TIME = read_order("name:desc,createdAt:asc,updatedAt:desc")


@attrs.frozen
class Thing:
    id: str
    name: str = "thing"
    created_at: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    updated_at: datetime = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)


THINGS = [Thing(ulid) for ulid in ULIDS]


def refused_fields(refusal: pytest.ExceptionInfo[InvalidRequest]) -> list[str]:
    return [field.field for field in refusal.value.fields]


@pytest.mark.parametrize(("asked", "given_"), [(1, 1), (20, 20), (100, 100), (101, 100), (10**30, 100)])
def test_over_a_hundred_is_a_hundred(asked: int, given_: int) -> None:
    assert read_first(asked) == given_


@pytest.mark.parametrize("asked", [0, -1, -(10**30)])
def test_less_than_one_is_refused(asked: int) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        read_first(asked)
    assert refused_fields(refusal) == ["first"]


def test_without_anything_the_list_begins() -> None:
    asked = read_asked_page(CURSORS, first=20, after=None, before=None)
    assert asked.query == ListQuery()


def test_a_page_leads_to_those_behind_its_last_and_before_its_first_item() -> None:
    asked = read_asked_page(CURSORS, first=2, after=None, before=None)
    page = asked.body(Page(THINGS[1:3], 5, more_before=True, more_after=True), str, sorted_by=lambda thing: thing)
    assert (page.total_count, page.items) == (5, [str(thing) for thing in THINGS[1:3]])
    assert page.next is not None
    assert page.prev is not None
    assert CURSORS.read(page.next, Side.AFTER).position == (ULIDS[2],)
    assert CURSORS.read(page.prev, Side.BEFORE).position == (ULIDS[1],)


@pytest.mark.parametrize("things", [[], THINGS])
def test_a_page_leads_nowhere_where_there_is_nothing(things: list[Thing]) -> None:
    asked = read_asked_page(CURSORS, first=20, after=None, before=None)
    page = asked.body(Page(things, len(things)), str, sorted_by=lambda thing: thing)
    assert (page.next, page.prev) == (None, None)


def test_both_sides_at_once_are_refused() -> None:
    cursor = CURSORS.write((ULIDS[0],))
    with pytest.raises(InvalidRequest) as refusal:
        read_asked_page(CURSORS, first=20, after=cursor, before=cursor)
    assert refused_fields(refusal) == ["before"]


@given(
    name=st.text(),
    times=st.tuples(st.datetimes(timezones=st.just(UTC)), st.datetimes(timezones=st.just(UTC))),
)
def test_a_cursor_brings_its_position_back(name: str, times: tuple[datetime, datetime]) -> None:
    cursors = attrs.evolve(CURSORS, order=BY_NAME_AND_TIME)
    position: Position = (name, *times, ULIDS[0])
    cursor = cursors.write(position)
    assert cursors.read(cursor, Side.AFTER).position == position
    assert set(cursor) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


@pytest.mark.parametrize("side", Side)
@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "é",
        "====",
        ULIDS[0],
        base64.urlsafe_b64encode(ULIDS[0].encode()).decode(),
        "\x00",
        "a" * 999,
    ],
)
def test_what_no_page_answered_is_refused(cursor: str, side: Side) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        CURSORS.read(cursor, side)
    assert refused_fields(refusal) == [side]


@given(st.text())
def test_any_cursor_is_a_refusal(cursor: str) -> None:
    with pytest.raises(InvalidRequest):
        CURSORS.read(cursor, Side.AFTER)


@given(st.data())
def test_one_bit_changed_is_refused(data: st.DataObject) -> None:
    written = CURSORS.write((ULIDS[0],))
    raw = bytearray(base64.urlsafe_b64decode(written + "=" * (-len(written) % 4)))
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(InvalidRequest):
        CURSORS.read(base64.urlsafe_b64encode(raw).decode(), Side.AFTER)


@pytest.mark.parametrize(
    "other",
    [
        attrs.evolve(CURSORS, list_name="connections of acme"),
        attrs.evolve(CURSORS, key=Secret("l" * 64)),
        attrs.evolve(CURSORS, order=read_order("id:desc")),
        attrs.evolve(CURSORS, order=read_order("name:asc")),
    ],
)
def test_a_cursor_of_another_list_order_or_key_is_refused(other: Cursors) -> None:
    with pytest.raises(InvalidRequest):
        other.read(CURSORS.write((ULIDS[0],)), Side.AFTER)


def test_an_order_is_read_and_ends_by_id() -> None:
    def told(sort: str | None) -> list[str]:
        return [f"{term.field}{'-' if term.descending else '+'}" for term in read_sort(sort)]

    assert told(None) == ["id+"]
    assert told("name:asc,id:desc") == ["name+", "id-"]
    assert told("createdAt:desc") == ["createdAt-", "id-"]
    assert told("updatedAt:asc,name:desc") == ["updatedAt+", "name-", "id-"]
    assert told("id:asc,name:desc") == ["id+"]
    assert told("name:asc,name:desc") == ["name+", "id+"]


@pytest.mark.parametrize(
    "sort", ["", "name", "name:", ":asc", "name:ASC", "Name:asc", "email:asc", "name:asc,", "name:asc, id:asc", "a:b:c"]
)
def test_another_order_is_refused(sort: str) -> None:
    with pytest.raises(InvalidRequest) as refusal:
        read_sort(sort)
    assert refused_fields(refusal) == ["sort"]


@given(st.text())
def test_any_order_is_total_or_refused(sort: str) -> None:
    with suppress(InvalidRequest):
        assert read_sort(sort)[-1].field is SortField.ID


def test_a_filter_that_is_not_kept_is_not_passed_over() -> None:
    with pytest.raises(NotOfferedYet) as refusal:
        refuse_what_comes_later({"first": "1", "endUserId": "u", "status": "active"}, "endUserId", "status")
    assert refused_fields(refusal) == ["endUserId", "status"]
    refuse_what_comes_later({"first": "1"}, "status")
