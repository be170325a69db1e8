"""``only`` as a statement's parameters: an array each, NULL where nothing is narrowed."""

from domain.narrowing import Narrowing


def narrowed(only: Narrowing) -> dict[str, list[str] | None]:
    """``only_apps``, ``only_connections`` and ``only_end_users``."""
    members = {
        "only_apps": only.app_ids,
        "only_connections": only.connection_ids,
        "only_end_users": only.end_user_ids,
    }
    return {name: None if named is None else sorted(named) for name, named in members.items()}
