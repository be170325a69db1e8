"""Pages of a list that is in memory."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from domain.ports import Page

Item = TypeVar("Item")


def page_of(items: Iterable[Item], key: Callable[[Item], str], *, first: int, after: str | None) -> Page[Item]:
    """At most ``first`` items whose key comes after ``after``, by key."""
    everything = sorted(items, key=key)
    following = [item for item in everything if after is None or key(item) > after]
    return Page(following[:first], total=len(everything))
