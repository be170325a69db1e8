"""``only`` in statements and rows: an array each, NULL where nothing is narrowed; and as a list's conditions."""

from collections.abc import Sequence
from typing import LiteralString

from adapters.postgres.pool import Row
from domain.ids import AppId, ConnectionId
from domain.narrowing import Narrowing


def narrowed(only: Narrowing) -> dict[str, list[str] | None]:
    """The parameters ``only_apps``, ``only_connections`` and ``only_end_users``."""
    members = {
        "only_apps": only.app_ids,
        "only_connections": only.connection_ids,
        "only_end_users": only.end_user_ids,
    }
    return {name: None if named is None else sorted(named) for name, named in members.items()}


def inside(only: Narrowing, *, app: LiteralString, connection: LiteralString | None = None) -> Sequence[LiteralString]:
    """What holds of the rows that are inside, by these columns; the parameters are those of ``narrowed``.

    ``connection`` is None for what is no connection's: only apps are said something of.
    """
    # The index of one app's connections is in the order of a list, that of several apps' is not.
    apps: LiteralString = "(%(only_apps)s::text[])[1]" if len(only.app_ids or ()) == 1 else "ANY (%(only_apps)s)"
    conditions: list[LiteralString] = [] if only.app_ids is None else [app + " = " + apps]
    if connection is not None and only.connection_ids is not None:
        conditions.append(connection + " = ANY (%(only_connections)s)")
    if connection is not None and only.end_user_ids is not None:
        conditions.append("FALSE")  # no connection has an end user yet, and so none is inside
    return conditions


def read_narrowing(row: Row) -> Narrowing:
    """What the columns of those names hold."""
    apps, connections, end_users = row["only_apps"], row["only_connections"], row["only_end_users"]
    return Narrowing(
        app_ids=None if apps is None else frozenset(map(AppId, apps)),
        connection_ids=None if connections is None else frozenset(map(ConnectionId, connections)),
        end_user_ids=None if end_users is None else frozenset(end_users),
    )
