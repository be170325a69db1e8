"""Pages of a list: ``first``, and an opaque cursor that goes into ``after``."""

import base64
from collections.abc import Callable, Mapping, Sequence
from typing import Generic, TypeVar

import msgspec

from domain.errors import FieldError, InvalidRequest, NotOfferedYet
from domain.ids import Ulid

DEFAULT_FIRST = 20
_MOST = 100

Item = TypeVar("Item")
AnyUlid = TypeVar("AnyUlid", bound=Ulid)


class PageBody(msgspec.Struct, Generic[Item], omit_defaults=True, rename="camel", kw_only=True):
    """Some items; ``next``, where there are more, goes into ``after``."""

    total_count: int
    items: list[Item]
    next: str | None = None


def refuse_what_comes_later(query: Mapping[str, str], *names: str) -> None:
    """Raise NotOfferedYet: a list that passes over a filter or an order answers what was not asked for."""
    asked = tuple(FieldError(name, "is not offered yet") for name in names if name in query)
    if asked:
        raise NotOfferedYet(fields=asked)


def read_first(first: int) -> int:
    """How many; over 100 is 100. Raises InvalidRequest below 1."""
    if first < 1:
        raise InvalidRequest(fields=(FieldError("first", "is 1 or more"),))
    return min(first, _MOST)


def read_after(cursor: str | None, kind: type[AnyUlid]) -> AnyUlid | None:
    """The identifier in a cursor. Raises InvalidRequest for what is no cursor of ours."""
    if cursor is None:
        return None
    try:
        return kind(base64.urlsafe_b64decode(cursor.encode("ascii")).decode("ascii"))
    except ValueError:
        raise InvalidRequest(fields=(FieldError("after", "is not a cursor that a page answered"),)) from None


def page_of(found: Sequence[Item], total: int, *, first: int, id_of: Callable[[Item], str]) -> PageBody[Item]:
    """The page of what was found, of which one more than ``first`` was asked for."""
    items = list(found[:first])
    more = len(found) > first
    cursor = base64.urlsafe_b64encode(id_of(items[-1]).encode()).decode() if more else None
    return PageBody(total_count=total, items=items, next=cursor)
