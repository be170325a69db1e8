"""The schema's newest revision: what serving needs to know of migrations without loading Alembic."""

NEWEST = "0024"


def is_behind(revision: str | None) -> bool:
    """None is an empty database's. A schema of a later release serves this one too (``migrations/__init__.py``)."""
    return revision is None or revision < NEWEST
