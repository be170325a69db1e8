"""Apps on the wire."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

import msgspec

from app.http.wire.auth_configs import AuthConfigBody, SupportedAuthConfigBody, answered, read_auth_config
from app.http.wire.body import Body
from app.http.wire.urls import address_problem, relay_callback_url_problem, return_url_problem
from app.use_cases.create_app import NewApp
from app.use_cases.start_connection import callback_url
from domain.apps import App
from domain.errors import FieldError, InvalidRequest, NotOfferedYet

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=256)]
Urls = Annotated[list[str], msgspec.Meta(max_length=50)]

_MOST_LEVELS = 64


class ServerBody(Body):
    """Where the app's own API is; ``name`` is the URL unless given."""

    url: str
    name: str | None = None


class CreateAppBody(Body):
    """An app as it is asked for. ``schemaId``, ``schema`` and ``schemaMetadata`` are kept as sent."""

    name: Name
    public: bool
    server: ServerBody
    auth_configs: Annotated[list[AuthConfigBody], msgspec.Meta(max_length=20)]
    image_url: str | None = None
    relay_callback_url: str | None = None
    return_urls: Urls = []
    allowed_origins: Urls = []
    end_users: bool = False
    provider: str | None = None
    schema_id: Any = None
    schema: Any = None
    schema_metadata: Any = None

    def read(self, *, insecure: bool) -> NewApp:
        """The app to create. Raises InvalidRequest, NotOfferedYet."""
        self._refuse_what_comes_later()
        self._refuse_bad_addresses(insecure=insecure)
        foreign = {"schemaId": self.schema_id, "schema": self.schema, "schemaMetadata": self.schema_metadata}
        _refuse_deep(foreign)
        configs = [read_auth_config(config, insecure=insecure) for config in self.auth_configs]
        types = [read.config.type.lower() for read in configs]
        if len(set(types)) != len(types):
            raise InvalidRequest(fields=(FieldError("authConfigs", "names a type twice"),))
        return NewApp(
            name=self.name,
            server_name=self.server.name or self.server.url,
            server_url=self.server.url,
            configs=tuple(read.config for read in configs),
            secrets={name: secret for read in configs for name, secret in read.secrets.items() if secret is not None},
            image_url=self.image_url,
            relay_callback_url=self.relay_callback_url,
            return_urls=tuple(self.return_urls),
            foreign={name: value for name, value in foreign.items() if value is not None},
        )

    def _refuse_what_comes_later(self) -> None:
        later = {
            "public": self.public,
            "endUsers": self.end_users,
            "provider": self.provider is not None,
            "allowedOrigins": bool(self.allowed_origins),
        }
        asked = tuple(FieldError(name, "is not offered yet") for name, is_asked in later.items() if is_asked)
        if asked:
            raise NotOfferedYet(fields=asked)

    def _refuse_bad_addresses(self, *, insecure: bool) -> None:
        problems = [("server.url", address_problem(self.server.url, insecure=True))]
        if self.relay_callback_url is not None:
            problem = relay_callback_url_problem(self.relay_callback_url, insecure=insecure)
            problems.append(("relayCallbackUrl", problem))
        problems += [("returnUrls", return_url_problem(url, insecure=insecure)) for url in self.return_urls]
        fields = tuple(FieldError(name, problem) for name, problem in problems if problem)
        if fields:
            raise InvalidRequest(fields=fields)


def _refuse_deep(foreign: Mapping[str, object]) -> None:
    # What can just be read may not be written again from deeper in the stack: the app would break each list it is in.
    deep = tuple(FieldError(name, "is nested too deep") for name, value in foreign.items() if not _is_shallow(value))
    if deep:
        raise InvalidRequest(fields=deep)


def _is_shallow(value: object, *, levels: int = _MOST_LEVELS) -> bool:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return not inner or (levels > 0 and all(_is_shallow(item, levels=levels - 1) for item in inner))


class AppBody(Body):
    """An app as it is answered."""

    id: str
    org_id: str
    name: str
    public: bool
    server: ServerBody
    supported_auth_configs: list[SupportedAuthConfigBody]
    return_urls: list[str]
    created_at: datetime
    updated_at: datetime
    image_url: str | None = None
    callback_url: str | None = None
    relay_callback_url: str | None = None
    schema_id: Any = None
    schema: Any = None
    schema_metadata: Any = None

    @classmethod
    def of(cls, app: App, *, public_url: str) -> "AppBody":
        """The app, with what is to be registered at its provider: our landing page, or its relay."""
        return cls(
            id=str(app.id),
            org_id=str(app.organisation_id),
            name=app.name,
            public=False,
            server=ServerBody(url=app.server_url, name=app.server_name),
            supported_auth_configs=[answered(config) for config in app.configs],
            image_url=app.image_url,
            callback_url=callback_url(public_url, app) if app.relay_callback_url is None else None,
            relay_callback_url=app.relay_callback_url,
            return_urls=list(app.return_urls),
            created_at=app.created_at,
            updated_at=app.updated_at,
            schema_id=app.foreign.get("schemaId"),
            schema=app.foreign.get("schema"),
            schema_metadata=app.foreign.get("schemaMetadata"),
        )
