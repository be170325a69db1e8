"""Identifiers in addresses: what is none of ours is not there."""

from typing import TypeVar

from domain.errors import NotFound
from domain.ids import Identifier

AnyIdentifier = TypeVar("AnyIdentifier", bound=Identifier)


def read_id(value: str, kind: type[AnyIdentifier]) -> AnyIdentifier:
    """The identifier in a path. Raises NotFound for what cannot be one."""
    try:
        return kind(value)
    except ValueError:
        raise NotFound from None
