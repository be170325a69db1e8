"""A page of a list, read along an index from the page's edge (``domain.lists``).

For every list here: what it is sorted by is NOT NULL, texts are COLLATE "C" (the order of ``str``), and each field has
an index (what the condition compares, the field, ``id``). Conditions are composed, never ``… IS NULL OR …``: the
planner has to see what is asked for.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, LiteralString, TypeAlias, TypeVar

import attrs
from psycopg import sql

from adapters.postgres.pool import Row
from adapters.postgres.tenancy import Answer
from domain.lists import ListQuery, Page, Side, SortField, SortTerm

Item = TypeVar("Item")
Ask: TypeAlias = Callable[[sql.Composed, Mapping[str, Any]], Awaitable[Answer]]
"""``tenancy.ask`` in some context."""

_COLUMNS: Mapping[SortField, str] = {
    SortField.ID: "id",
    SortField.NAME: "name",
    SortField.CREATED_AT: "created_at",
    SortField.UPDATED_AT: "updated_at",
}
NEVER_UPDATED: Mapping[SortField, str] = {**_COLUMNS, SortField.UPDATED_AT: "created_at"}
"""What never changes was updated when it was created."""

_PAGE = sql.SQL("""
SELECT {selected}, ({total}) AS list_total, ({behind}) AS list_behind
FROM {source}
WHERE {condition} AND {beyond}
ORDER BY {order}
LIMIT %(list_limit)s
""")
# An empty page has no row to carry them.
_BESIDE = sql.SQL("SELECT ({total}) AS list_total, ({behind}) AS list_behind")
_COUNT = sql.SQL("SELECT count(*) FROM {source} WHERE {condition}")
_IDS = sql.SQL("(SELECT {id} FROM {source} WHERE {condition} AND {beyond} ORDER BY {order} LIMIT {limit})")


@attrs.frozen(kw_only=True)
class Listing:
    """The rows of a list.

    Attributes:
        table: Whose columns it is sorted by.
        conditions: All of which its rows meet; the first is the organisation's.
        joins: What else is read, one row or none for each of the table's: ``LEFT JOIN …``.
        selected: What is read of a row.
        total: A query that answers how many there are without counting them, where that is kept.
        columns: Where the table calls them otherwise, or what never changes has no ``updated_at``.

    """

    table: LiteralString
    conditions: Sequence[LiteralString]
    joins: LiteralString = ""
    selected: LiteralString = "*"
    total: LiteralString | None = None
    columns: Mapping[SortField, str] = _COLUMNS


async def read_page(
    ask: Ask,
    listing: Listing,
    query: ListQuery,
    parameters: Mapping[str, Any],
    *,
    read: Callable[[Row], Item],
) -> Page[Item]:
    """The page that is asked for; ``parameters`` are those of the listing's conditions."""
    backwards = query.edge is not None and query.edge.side is Side.BEFORE
    values = {} if query.edge is None else {f"list_{i}": value for i, value in enumerate(query.edge.position)}
    given = {**parameters, **values, "list_limit": query.first + 1}
    rows = (await ask(page_statement(listing, query), given)).rows
    beside = rows[0] if rows else await _beside(ask, listing, query, given)
    found = [read(row) for row in rows[: query.first]]
    further, behind = len(rows) > query.first, beside["list_behind"]
    if backwards:
        return Page(found[::-1], beside["list_total"], more_before=further, more_after=behind)
    return Page(found, beside["list_total"], more_before=behind, more_after=further)


def page_statement(listing: Listing, query: ListQuery) -> sql.Composed:
    """One item more than asked for, from the edge on, beside the total and whether anything is behind the edge."""
    parts = _parts(listing, query)
    terms = [_Term.of(term, index, listing, query) for index, term in enumerate(query.order)]
    return _PAGE.format(
        **parts,
        selected=sql.SQL(listing.selected),
        beyond=sql.SQL("TRUE") if query.edge is None else _beyond(terms, parts),
        order=_order(terms),
    )


async def _beside(ask: Ask, listing: Listing, query: ListQuery, given: Mapping[str, Any]) -> Row:
    rows = (await ask(_BESIDE.format(**_parts(listing, query)), given)).rows
    return rows[0]


def _parts(listing: Listing, query: ListQuery) -> dict[str, sql.Composable]:
    parts: dict[str, sql.Composable] = {
        "id": sql.Identifier(listing.table, listing.columns[SortField.ID]),
        "source": sql.SQL(listing.table + " " + listing.joins),
        "condition": sql.SQL(" AND ").join(map(sql.SQL, listing.conditions)),
    }
    terms = [_Term.of(term, index, listing, query).reversed() for index, term in enumerate(query.order)]
    behind = sql.SQL("cardinality({}) > 0").format(_ids(terms, parts, limit=sql.SQL("1"), or_at="="))
    return parts | {
        "total": _COUNT.format(**parts) if listing.total is None else sql.SQL(listing.total),
        "behind": sql.SQL("FALSE") if query.edge is None else behind,
    }


@attrs.frozen
class _Term:
    """A column, the edge's value of it, and which way the statement goes along it."""

    column: sql.Composable
    value: sql.Placeholder
    descends: bool

    @classmethod
    def of(cls, term: SortTerm, index: int, listing: Listing, query: ListQuery) -> "_Term":
        backwards = query.edge is not None and query.edge.side is Side.BEFORE
        return cls(
            sql.Identifier(listing.table, listing.columns[term.field]),
            sql.Placeholder(f"list_{index}"),
            term.descending is not backwards,
        )

    def reversed(self) -> "_Term":
        return attrs.evolve(self, descends=not self.descends)


def _order(terms: Sequence[_Term]) -> sql.Composed:
    return sql.SQL(", ").join(sql.SQL("{} DESC" if term.descends else "{} ASC").format(term.column) for term in terms)


def _beyond(terms: Sequence[_Term], parts: Mapping[str, sql.Composable]) -> sql.Composed:
    """What comes behind the edge on this way, so that no index is read but for what is answered.

    One comparison of rows where all terms go one way. Else there is none; those that are equal up to some term, and
    then beyond, are looked for one after the other.
    """
    ranges = _ranges(terms)
    if len(ranges) == 1:
        return ranges[0]
    return sql.SQL("{} = ANY ({})").format(parts["id"], _ids(terms, parts, limit=sql.Placeholder("list_limit")))


def _ids(
    terms: Sequence[_Term],
    parts: Mapping[str, sql.Composable],
    *,
    limit: sql.Composable,
    or_at: LiteralString = "",
) -> sql.Composed:
    """Whose identifiers come first behind the edge, as an array: some of each range."""
    each = [_IDS.format(**parts, beyond=range_, order=_order(terms), limit=limit) for range_ in _ranges(terms, or_at)]
    return sql.SQL("ARRAY({})").format(sql.SQL(" UNION ALL ").join(each))


def _ranges(terms: Sequence[_Term], or_at: LiteralString = "") -> Sequence[sql.Composed]:
    """What is behind the edge, as ranges of an index; ``or_at`` is ``=`` where what stands at the edge counts too."""
    first, *rest = terms
    operator: LiteralString = "<" if first.descends else ">"
    if len({term.descends for term in terms}) == 1:
        comma = sql.SQL(", ")
        return [
            sql.SQL("({}) " + operator + or_at + " ({})").format(
                comma.join(term.column for term in terms), comma.join(term.value for term in terms)
            )
        ]
    at_first = sql.SQL("{} = {}").format(first.column, first.value)
    return [
        sql.SQL("{} " + operator + " {}").format(first.column, first.value),
        *(sql.SQL("{} AND {}").format(at_first, range_) for range_ in _ranges(rest, or_at)),
    ]
