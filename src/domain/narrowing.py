"""``only``: what a key or a token is narrowed to, within its organisation.

Rules, all of which an ``only`` must meet at once; a member that it leaves out narrows nothing:
- An app is inside where ``appIds`` names it. Connections and end users say nothing of apps.
- A connection, with its credential and the flow that makes it, is inside where ``appIds`` names its app,
  ``connectionIds`` names it, and ``endUserIds`` names its end user; one without an end user is outside of those.
- A credential that no connection owns is outside of every narrowing.
- A key is inside where its own ``only`` is: a narrowed owner sees, makes and deletes keys that reach no further than
  itself. A signing key reaches everything, and so is outside of every narrowing.
"""

from collections.abc import Set as AbstractSet
from typing import TypeVar

import attrs

from domain.ids import AppId, ConnectionId

Item = TypeVar("Item")


@attrs.frozen(kw_only=True)
class Narrowing:
    """The apps, connections and end users that are inside; None where all are."""

    app_ids: frozenset[AppId] | None = None
    connection_ids: frozenset[ConnectionId] | None = None
    end_user_ids: frozenset[str] | None = None

    @property
    def is_everything(self) -> bool:
        return self == EVERYTHING

    def includes_app(self, app_id: AppId) -> bool:
        return _holds(self.app_ids, app_id)

    def includes_connection(
        self, connection_id: ConnectionId, *, app_id: AppId, end_user_id: str | None = None
    ) -> bool:
        """``end_user_id`` is None for a connection that belongs to no end user."""
        return (
            self.includes_app(app_id)
            and _holds(self.connection_ids, connection_id)
            and (self.end_user_ids is None or end_user_id in self.end_user_ids)
        )

    def includes_new_connection(self, *, app_id: AppId, end_user_id: str | None = None) -> bool:
        """Whether a connection may be made of this app: one that does not exist yet is no one that was named."""
        return (
            self.connection_ids is None
            and self.includes_app(app_id)
            and (self.end_user_ids is None or end_user_id in self.end_user_ids)
        )

    def includes(self, other: "Narrowing") -> bool:
        """Whether the other reaches no further."""
        return (
            _covers(self.app_ids, other.app_ids)
            and _covers(self.connection_ids, other.connection_ids)
            and _covers(self.end_user_ids, other.end_user_ids)
        )


EVERYTHING = Narrowing()


def _holds(named: AbstractSet[Item] | None, item: Item) -> bool:
    return named is None or item in named


def _covers(wide: AbstractSet[Item] | None, narrow: AbstractSet[Item] | None) -> bool:
    return wide is None or (narrow is not None and narrow <= wide)
