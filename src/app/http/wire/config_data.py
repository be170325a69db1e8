"""What the ``data`` of all kinds of auth config has in common."""

from collections.abc import Collection
from typing import Any, Protocol

import msgspec

from domain.auth_configs import UsableConfig

SentSecret = str | None | msgspec.UnsetType
"""A write-only member: absent it stays as it is kept, ``null`` it is removed; empty too, but for Basic's password."""


class ConfigData(Protocol):
    """The members of one kind, which are of the right JSON types."""

    def problem(self, names: Collection[str], *, insecure: bool) -> str | None:
        """Why the config cannot work; None where it can. ``names`` are the secret members that it has."""

    def config(self) -> UsableConfig:
        """The config, of data without a problem."""


def without(data: msgspec.Struct, *names: str) -> dict[str, Any]:
    """The members by our names, but for these."""
    return {name: value for name, value in msgspec.structs.asdict(data).items() if name not in names}


def camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(word.capitalize() for word in rest)
