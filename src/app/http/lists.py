"""What every list takes: a dependency, so that a route names no more than its own filters."""

from collections.abc import Callable
from typing import Annotated, Any, TypeAlias

import msgspec
from litestar import Request
from litestar.di import NamedDependency
from litestar.params import QueryParameter, SkipValidation

from app.http.authentication import principal_of
from app.http.wire.cursors import Cursors
from app.http.wire.pages import AskedPage, read_asked_page, read_sort
from domain.lists import DEFAULT_FIRST
from domain.ports import CursorKey

First = Annotated[int, QueryParameter(description="At most so many; over 100 is 100.")]
After = Annotated[str | None, QueryParameter(description="A page's `next`: the items that follow it.")]
Before = Annotated[str | None, QueryParameter(description="A page's `prev`: the items before it, in the same order.")]
Sort = Annotated[
    str | None,
    QueryParameter(
        pattern="^([^:,]+:[^:,]+)(,[^:,]+:[^:,]+)*$",
        description="`name:asc,id:desc`; of `id`, `name`, `createdAt`, `updatedAt`; by `id` unless told.",
    ),
]
Asked: TypeAlias = NamedDependency[SkipValidation[AskedPage]]
"""The dependency as a route names it: it is valid as it is, and msgspec cannot judge a position's values."""

_OWN = ("first", "after", "before", "sort")


def asked_page(cursor_key: Callable[[], CursorKey]) -> Callable[..., Any]:
    """A dependency that answers the AskedPage."""

    async def asked(
        request: Request[Any, Any, Any],
        first: First = DEFAULT_FIRST,
        after: After = None,
        before: Before = None,
        sort: Sort = None,
    ) -> AskedPage:
        cursors = Cursors(await cursor_key().read(), _list_name(request), read_sort(sort))
        return read_asked_page(cursors, first=first, after=after, before=before)

    return asked


def _list_name(request: Request[Any, Any, Any]) -> str:
    """Which list it is: whose, which one, and by which filters. A cursor of another is none of this one's."""
    filters = sorted((name, value) for name, value in request.query_params.multi_items() if name not in _OWN)
    whose = str(principal_of(request).organisation_id)
    path = sorted((name, str(value)) for name, value in request.path_params.items())
    return msgspec.json.encode((whose, request.route_handler.handler_name, path, filters)).decode()
