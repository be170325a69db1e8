"""``only`` as a statement's parameters: an array each, NULL where nothing is narrowed; and as a list's conditions."""

from collections.abc import Sequence
from typing import LiteralString

from domain.narrowing import Narrowing


def narrowed(only: Narrowing) -> dict[str, list[str] | None]:
    """``only_apps``, ``only_connections`` and ``only_end_users``."""
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
    conditions: list[LiteralString] = [] if only.app_ids is None else [app + " = ANY (%(only_apps)s)"]
    if connection is not None and only.connection_ids is not None:
        conditions.append(connection + " = ANY (%(only_connections)s)")
    if connection is not None and only.end_user_ids is not None:
        conditions.append("FALSE")  # no connection has an end user yet, and so none is inside
    return conditions
