"""The schema's newest revision: what serving needs to know of migrations without loading Alembic."""

NEWEST = "0019"
