"""Pages of a list that is in memory."""

from collections.abc import Callable, Iterable
from functools import cmp_to_key
from typing import Any, TypeVar

from domain.lists import Listed, ListQuery, Order, Page, Position, Side, position_of

Item = TypeVar("Item", bound=Listed)


def page_of(items: Iterable[Item], query: ListQuery) -> Page[Item]:
    """The page of these items that is asked for."""
    order = query.order
    key: Callable[[Position], Any] = cmp_to_key(lambda one, other: _compare(one, other, order))
    everything = sorted(items, key=lambda item: key(position_of(item, order)))
    places = [position_of(item, order) for item in everything]
    begin, end = 0, len(everything)
    if query.edge is not None and query.edge.side is Side.AFTER:
        begin = sum(_compare(place, query.edge.position, order) <= 0 for place in places)
    elif query.edge is not None:
        end = sum(_compare(place, query.edge.position, order) < 0 for place in places)
        begin = max(0, end - query.first)
    end = min(end, begin + query.first)
    return Page(
        everything[begin:end],
        total=len(everything),
        more_before=begin > 0,
        more_after=end < len(everything),
    )


def _compare(one: Position, other: Position, order: Order) -> int:
    """Below 0 where the one comes first, 0 at one place."""
    for term, mine, theirs in zip(order, one, other, strict=True):
        if mine != theirs:
            comes_first = mine < theirs  # type: ignore[operator]  # of one field, so of one kind
            return -1 if comes_first is not term.descending else 1
    return 0
