"""Pages of a list: ``first``, ``sort``, and the cursors ``next``, for ``after``, and ``prev``, for ``before``."""

from collections.abc import Callable, Mapping
from typing import Generic, TypeVar

import attrs
import msgspec

from app.http.wire.cursors import Cursors
from domain.errors import FieldError, InvalidRequest, NotOfferedYet
from domain.lists import BY_ID, MOST, Listed, ListQuery, Order, Page, Side, position_of, read_order

Item = TypeVar("Item")
Body = TypeVar("Body")


class PageBody(msgspec.Struct, Generic[Item], omit_defaults=True, rename="camel", kw_only=True):
    """Some items; ``next``, where there are more, goes into ``after``, and ``prev`` into ``before``."""

    total_count: int
    items: list[Item]
    next: str | None = None
    prev: str | None = None


@attrs.frozen
class AskedPage:
    """What a request asks of a list, and how its answer leads on."""

    query: ListQuery
    cursors: Cursors

    def body(
        self, page: Page[Item], body_of: Callable[[Item], Body], *, sorted_by: Callable[[Item], Listed]
    ) -> PageBody[Body]:
        """The page as it is answered; ``sorted_by`` is what of an item stands in the list."""
        return PageBody(
            total_count=page.total,
            items=[body_of(item) for item in page.items],
            next=self._cursor(sorted_by(page.items[-1])) if page.items and page.more_after else None,
            prev=self._cursor(sorted_by(page.items[0])) if page.items and page.more_before else None,
        )

    def _cursor(self, item: Listed) -> str:
        return self.cursors.write(position_of(item, self.query.order))


def refuse_what_comes_later(query: Mapping[str, str], *names: str) -> None:
    """Raise NotOfferedYet: a list that passes over a filter answers what was not asked for."""
    asked = tuple(FieldError(name, "is not offered yet") for name in names if name in query)
    if asked:
        raise NotOfferedYet(fields=asked)


def read_asked_page(cursors: Cursors, *, first: int, after: str | None, before: str | None) -> AskedPage:
    """Raises InvalidRequest."""
    if after is not None and before is not None:
        raise InvalidRequest(fields=(FieldError("before", "is not sent beside after"),))
    edge = None if after is None else cursors.read(after, Side.AFTER)
    edge = edge if before is None else cursors.read(before, Side.BEFORE)
    return AskedPage(ListQuery(first=read_first(first), order=cursors.order, edge=edge), cursors)


def read_sort(sort: str | None) -> Order:
    """The order, by id unless told. Raises InvalidRequest."""
    return BY_ID if sort is None else read_order(sort)


def read_first(first: int) -> int:
    """How many; over 100 is 100. Raises InvalidRequest below 1."""
    if first < 1:
        raise InvalidRequest(fields=(FieldError("first", "is 1 or more"),))
    return min(first, MOST)
