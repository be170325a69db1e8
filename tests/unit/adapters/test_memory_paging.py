"""A list that is read page by page while items come and go: none twice, and none missed that was there all along."""

from datetime import datetime, timedelta

import attrs
from hypothesis import given
from hypothesis import strategies as st

from adapters.memory.paging import page_of
from domain.lists import Edge, ListQuery, Order, Side, SortField, SortTerm, position_of, total_order
from tests.support.domain_examples import LONG_AGO


@attrs.frozen
class Thing:
    id: str
    name: str
    created_at: datetime
    updated_at: datetime


names = st.sampled_from(["", "a", "b", "é"])
times = st.integers(0, 2).map(lambda seconds: LONG_AGO + timedelta(seconds=seconds))
orders = st.lists(st.builds(SortTerm, st.sampled_from(SortField), st.booleans()), max_size=4).map(total_order)


def things(ids: st.SearchStrategy[int]) -> st.SearchStrategy[Thing]:
    return st.builds(Thing, ids.map("{:03}".format), names, times, times)


def by_id(some: st.SearchStrategy[Thing], *, most: int) -> st.SearchStrategy[dict[str, Thing]]:
    return st.lists(some, max_size=most, unique_by=lambda thing: thing.id).map(
        lambda chosen: {thing.id: thing for thing in chosen}
    )


def query(order: Order, first: int, side: Side, shown: list[Thing]) -> ListQuery:
    """For the page that follows what was shown last, on this side."""
    edge = Edge(side, position_of(shown[-1], order)) if shown else None
    return ListQuery(first=first, order=order, edge=edge)


@given(
    data=st.data(),
    kept=by_id(things(st.integers(0, 299)), most=12),
    order=orders,
    first=st.integers(1, 4),
    side=st.sampled_from(Side),
)
def test_a_walk_over_a_changing_list_meets_what_stays_once(
    data: st.DataObject, kept: dict[str, Thing], order: Order, first: int, side: Side
) -> None:
    present, stayed, shown = dict(kept), set(kept), list[Thing]()
    if side is Side.BEFORE and kept:
        shown = [page_of(kept.values(), ListQuery(first=100, order=order)).items[-1]]
    for step in range(100):
        page = page_of(present.values(), query(order, first, side, shown))
        shown += page.items if side is Side.AFTER else reversed(page.items)
        if not page.items or not (page.more_after if side is Side.AFTER else page.more_before):
            break
        for gone in data.draw(st.sets(st.sampled_from(sorted(present)), max_size=2)) if present else ():
            del present[gone]
            stayed.discard(gone)
        if step < 5:
            present |= newcomers(data, step)
    seen = [thing.id for thing in shown]
    assert len(seen) == len(set(seen))
    assert stayed <= set(seen)
    assert shown == list(page_of(shown, ListQuery(first=100, order=order)).items)[:: 1 if side is Side.AFTER else -1]


def newcomers(data: st.DataObject, step: int) -> dict[str, Thing]:
    """Some things that have never been there, anywhere in the order."""
    come = data.draw(by_id(things(st.integers(0, 299)), most=2))
    return {f"{name}-{step}": attrs.evolve(thing, id=f"{name}-{step}") for name, thing in come.items()}
