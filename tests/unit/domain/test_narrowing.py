"""What a narrowed principal may do it with (api.md, Access; C66)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.access import Principal, Role
from domain.errors import Forbidden, NotFound
from domain.ids import AppId, ConnectionId, OrganisationId
from domain.narrowing import EVERYTHING, Narrowing

A, B = AppId("01KNZ5Q2M0ABCDEFGHJKMNPQRA"), AppId("01KNZ5Q2M0ABCDEFGHJKMNPQRB")
X, Y = ConnectionId("01KNZ5Q2M0ABCDEFGHJKMNPQRX"), ConnectionId("01KNZ5Q2M0ABCDEFGHJKMNPQRY")

narrowings = st.builds(
    Narrowing,
    app_ids=st.none() | st.frozensets(st.sampled_from([A, B])),
    connection_ids=st.none() | st.frozensets(st.sampled_from([X, Y])),
    end_user_ids=st.none() | st.frozensets(st.sampled_from(["ann", "bob"])),
)
connections = st.tuples(st.sampled_from([X, Y]), st.sampled_from([A, B]), st.none() | st.sampled_from(["ann", "bob"]))


def narrowed(only: Narrowing) -> Principal:
    return Principal(id="key", name="a key", organisation_id=OrganisationId("acme"), roles=frozenset(Role), only=only)


def test_an_app_is_inside_where_it_is_named() -> None:
    narrowed(Narrowing(app_ids=frozenset({A}))).require_app(A)
    with pytest.raises(NotFound):
        narrowed(Narrowing(app_ids=frozenset({A}))).require_app(B)


def test_connections_and_end_users_say_nothing_of_apps() -> None:
    narrowed(Narrowing(connection_ids=frozenset({X}))).require_app(A)
    narrowed(Narrowing(end_user_ids=frozenset({"ann"}))).require_app(A)


@pytest.mark.parametrize(
    "only",
    [
        Narrowing(app_ids=frozenset({B})),
        Narrowing(connection_ids=frozenset({Y})),
        Narrowing(end_user_ids=frozenset({"bob"})),
        Narrowing(app_ids=frozenset({A}), connection_ids=frozenset({Y})),
        Narrowing(app_ids=frozenset({A}), connection_ids=frozenset({X}), end_user_ids=frozenset({"bob"})),
        Narrowing(app_ids=frozenset()),
    ],
)
def test_a_connection_meets_every_member_at_once(only: Narrowing) -> None:
    with pytest.raises(NotFound):
        narrowed(only).require_connection(X, app_id=A, end_user_id="ann")


def test_a_connection_of_nobody_is_outside_of_every_end_users() -> None:
    with pytest.raises(NotFound):
        narrowed(Narrowing(end_user_ids=frozenset({"ann"}))).require_connection(X, app_id=A)


def test_nobody_has_named_a_connection_that_is_not_there_yet() -> None:
    narrowed(Narrowing(app_ids=frozenset({A}))).require_new_connection(app_id=A)
    with pytest.raises(NotFound):
        narrowed(Narrowing(app_ids=frozenset({A}))).require_new_connection(app_id=B)
    with pytest.raises(Forbidden):
        narrowed(Narrowing(connection_ids=frozenset({X}))).require_new_connection(app_id=A)
    with pytest.raises(Forbidden):
        narrowed(Narrowing(end_user_ids=frozenset({"ann"}))).require_new_connection(app_id=A)
    narrowed(Narrowing(end_user_ids=frozenset({"ann"}))).require_new_connection(app_id=A, end_user_id="ann")


def test_an_app_is_changed_by_those_alone_who_see_all_of_its_connections() -> None:
    narrowed(EVERYTHING).require_whole_app(A)
    narrowed(Narrowing(app_ids=frozenset({A}))).require_whole_app(A)
    with pytest.raises(NotFound):
        narrowed(Narrowing(app_ids=frozenset({A}))).require_whole_app(B)
    with pytest.raises(Forbidden):
        narrowed(Narrowing(app_ids=frozenset({A}), connection_ids=frozenset({X}))).require_whole_app(A)
    with pytest.raises(Forbidden):
        narrowed(Narrowing(end_user_ids=frozenset({"ann"}))).require_whole_app(A)


@pytest.mark.parametrize("only", [Narrowing(app_ids=frozenset()), Narrowing(end_user_ids=frozenset({"ann"}))])
def test_what_belongs_to_everything_is_for_whoever_is_not_narrowed(only: Narrowing) -> None:
    narrowed(EVERYTHING).require_everything()
    with pytest.raises(Forbidden):
        narrowed(only).require_everything()


@given(narrowings, narrowings, connections)
def test_what_reaches_no_further_includes_nothing_more(
    wide: Narrowing, narrow: Narrowing, connection: tuple[ConnectionId, AppId, str | None]
) -> None:
    connection_id, app_id, end_user_id = connection
    if wide.includes(narrow):
        if narrow.includes_app(app_id):
            assert wide.includes_app(app_id)
        if narrow.includes_connection(connection_id, app_id=app_id, end_user_id=end_user_id):
            assert wide.includes_connection(connection_id, app_id=app_id, end_user_id=end_user_id)


@given(narrowings)
def test_everything_includes_all_and_is_included_by_itself_alone(only: Narrowing) -> None:
    assert EVERYTHING.includes(only)
    assert only.includes(only)
    assert only.includes(EVERYTHING) == only.is_everything
