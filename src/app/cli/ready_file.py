"""The ready file: what is needed to use a running `switchboard dev`, for programs. It holds keys."""

import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import attrs

from domain.secret import Secret


@attrs.frozen(kw_only=True)
class Ready:
    """Where everything is, and what opens it. Without a demo provider ``demo_app_id`` and ``provider_url`` are None."""

    url: str
    admin_key: Secret
    api_key: Secret
    organisation_id: str
    demo_app_id: str | None
    provider_url: str | None
    vault_addr: str
    vault_token: Secret
    postgres_dsn: Secret
    pids: Mapping[str, int]

    def write(self, path: Path) -> None:
        """Write the file in one move, readable by its owner alone."""
        members = {_camel(field.name): _plain(getattr(self, field.name)) for field in attrs.fields(Ready)}
        text = json.dumps({name: value for name, value in members.items() if value is not None}, indent=2)
        descriptor, new = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mode 0600
        try:
            with os.fdopen(descriptor, "w") as file:
                file.write(text + "\n")
            Path(new).replace(path)
        except BaseException:
            Path(new).unlink(missing_ok=True)
            raise

    @classmethod
    def read(cls, path: Path) -> Self:
        """What ``write`` wrote."""
        written = json.loads(path.read_text())
        members: dict[str, Any] = {field.name: written.get(_camel(field.name)) for field in attrs.fields(cls)}
        for field in attrs.fields(cls):
            if field.type is Secret:
                members[field.name] = Secret(members[field.name])
        return cls(**members)


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(word.capitalize() for word in rest)


def _plain(value: object) -> object:
    return value.reveal() if isinstance(value, Secret) else value
