"""What a list is asked for, and what a page of it answers.

A page is found by *where* it is, never by how many items come before it: a position is what the item at its edge is
sorted by. Items that come and go elsewhere move nothing, and the item at the edge may itself be gone. ``id`` is always
the last term, so that no two items stand at one place. Strings are compared by code point, everywhere.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Generic, Protocol, TypeAlias, TypeVar

import attrs

from domain.errors import FieldError, InvalidRequest

DEFAULT_FIRST = 20
MOST = 100
"""More than this is never on one page."""

Item_co = TypeVar("Item_co", covariant=True)
Other = TypeVar("Other")
SortValue: TypeAlias = str | datetime
Position: TypeAlias = tuple[SortValue, ...]
"""An item's values of the order's fields, in the order's order."""


class SortField(StrEnum):
    ID = "id"
    NAME = "name"
    CREATED_AT = "createdAt"
    UPDATED_AT = "updatedAt"


@attrs.frozen
class SortTerm:
    field: SortField
    descending: bool = False


Order: TypeAlias = tuple[SortTerm, ...]
BY_ID: Order = (SortTerm(SortField.ID),)


class Side(StrEnum):
    AFTER = "after"
    BEFORE = "before"


@attrs.frozen
class Edge:
    """Where a page begins or ends: the items on this side of a position, which is itself on neither."""

    side: Side
    position: Position


@attrs.frozen(kw_only=True)
class ListQuery:
    """Which items of a list, and in which order.

    Attributes:
        first: At most so many: those nearest to the edge, or the list's first ones.
        order: As ``total_order`` answers it.

    """

    first: int = attrs.field(default=DEFAULT_FIRST, validator=[attrs.validators.ge(1), attrs.validators.le(MOST)])
    order: Order = BY_ID
    edge: Edge | None = None


@attrs.frozen
class Page(Generic[Item_co]):
    """Some items of a list in its order, how many the list has in all, and whether it goes on at either side."""

    items: Sequence[Item_co]
    total: int
    more_before: bool = False
    more_after: bool = False

    def of(self, change: Callable[[Item_co], Other]) -> "Page[Other]":
        """The same page of what the items become."""
        return Page([change(item) for item in self.items], self.total, self.more_before, self.more_after)


class Listed(Protocol):
    """What a list can be sorted by. What never changes was updated when it was created."""

    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def created_at(self) -> datetime: ...
    @property
    def updated_at(self) -> datetime: ...


def read_order(written: str) -> Order:
    """The order of ``name:asc,id:desc``. Raises InvalidRequest for any other form, field or direction."""
    return total_order([_read_term(term) for term in written.split(",")])


def total_order(terms: Sequence[SortTerm]) -> Order:
    """The same order, by ``id`` in the end; without the terms that decide nothing.

    Where ``id`` is not named it goes the way of the term before it, so that one index serves both directions.
    """
    kept: dict[SortField, SortTerm] = {}
    for term in terms:
        kept.setdefault(term.field, term)
        if term.field is SortField.ID:
            return tuple(kept.values())
    descends = bool(kept) and [*kept.values()][-1].descending
    return (*kept.values(), SortTerm(SortField.ID, descends))


def position_of(item: Listed, order: Order) -> Position:
    """Where an item stands."""
    values: dict[SortField, SortValue] = {
        SortField.ID: item.id,
        SortField.NAME: item.name,
        SortField.CREATED_AT: item.created_at,
        SortField.UPDATED_AT: item.updated_at,
    }
    return tuple(values[term.field] for term in order)


def _read_term(written: str) -> SortTerm:
    field, _, direction = written.partition(":")
    if field not in set(SortField) or direction not in {"asc", "desc"}:
        raise InvalidRequest(
            fields=(FieldError("sort", "is like name:asc,id:desc, of id, name, createdAt, updatedAt"),)
        )
    return SortTerm(SortField(field), descending=direction == "desc")
