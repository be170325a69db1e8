"""Apps on the wire, as they are asked for."""

from collections.abc import Collection, Mapping, Sequence
from typing import Annotated, Any

import msgspec

from app.http.wire.apps import ServerBody
from app.http.wire.auth_configs import AuthConfigBody, ReadConfig, SupportedAuthConfigBody, read_auth_config
from app.http.wire.body import Body
from app.use_cases.create_app import NewApp
from domain.errors import FieldError, InvalidRequest, NotOfferedYet
from domain.ids import AppId, OrganisationId
from domain.urls import address_problem, origin_problem, relay_callback_url_problem, return_url_problem

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=256)]
Urls = Annotated[list[str], msgspec.Meta(max_length=50)]
AuthConfigs = Annotated[list[AuthConfigBody], msgspec.Meta(max_length=20)]
SupportedAuthConfigs = Annotated[list[SupportedAuthConfigBody], msgspec.Meta(max_length=20)]

_MOST_LEVELS = 64


class _AskedApp(Body, kw_only=True):
    name: Name
    public: bool
    server: ServerBody
    image_url: str | None = None
    relay_callback_url: str | None = None
    return_urls: Urls = []
    allowed_origins: Urls = []
    end_users: bool = False
    provider: str | None = None
    schema_id: Any = None
    schema: Any = None
    schema_metadata: Any = None

    def read_with(
        self, bodies: Sequence[AuthConfigBody], *, public_url: str, insecure: bool, kept: Collection[str] = ()
    ) -> NewApp:
        """The app with these configs; ``kept`` names the secrets that it has. Raises InvalidRequest, NotOfferedYet."""
        self._refuse_what_comes_later()
        self._refuse_bad_addresses(public_url, insecure=insecure)
        foreign = {"schemaId": self.schema_id, "schema": self.schema, "schemaMetadata": self.schema_metadata}
        _refuse_deep(foreign)
        _refuse_deep({"authConfigs": [body.data for body in bodies]})
        configs = [read_auth_config(body, insecure=insecure, kept=kept) for body in bodies]
        _refuse_twice(configs)
        return NewApp(
            name=self.name,
            server_name=self.server.name or self.server.url,
            server_url=self.server.url,
            configs=tuple(read.config for read in configs),
            public=self.public,
            secrets={name: secret for read in configs for name, secret in read.secrets.items()},
            image_url=self.image_url,
            relay_callback_url=self.relay_callback_url,
            return_urls=tuple(self.return_urls),
            allowed_origins=tuple(self.allowed_origins),
            foreign={name: value for name, value in foreign.items() if value is not None},
        )

    def _refuse_what_comes_later(self) -> None:
        later = {"endUsers": self.end_users, "provider": self.provider is not None}
        asked = tuple(FieldError(name, "is not offered yet") for name, is_asked in later.items() if is_asked)
        if asked:
            raise NotOfferedYet(fields=asked)

    def _refuse_bad_addresses(self, public_url: str, *, insecure: bool) -> None:
        problems = [("server.url", address_problem(self.server.url, insecure=True))]
        if self.relay_callback_url is not None:
            problem = relay_callback_url_problem(self.relay_callback_url, public_url=public_url, insecure=insecure)
            problems.append(("relayCallbackUrl", problem))
        problems += [("returnUrls", return_url_problem(url, insecure=insecure)) for url in self.return_urls]
        problems += [("allowedOrigins", origin_problem(url, insecure=insecure)) for url in self.allowed_origins]
        fields = tuple(FieldError(name, problem) for name, problem in problems if problem)
        if fields:
            raise InvalidRequest(fields=fields)


class CreateAppBody(_AskedApp, kw_only=True):
    """An app as it is asked for. ``schemaId``, ``schema`` and ``schemaMetadata`` are kept as sent."""

    auth_configs: AuthConfigs

    def read(self, *, public_url: str, insecure: bool) -> NewApp:
        """The app to create. Raises InvalidRequest, NotOfferedYet."""
        return self.read_with(self.auth_configs, public_url=public_url, insecure=insecure)


class ReplaceAppBody(_AskedApp, kw_only=True):
    """An app as it was read, or with ``authConfigs``, which count before ``supportedAuthConfigs``.

    ``id`` and ``orgId`` must be the address's; what else is read-only is passed over. A secret left out stays; ``null``
    or empty removes it.
    """

    auth_configs: AuthConfigs | None = None
    supported_auth_configs: SupportedAuthConfigs | None = None
    id: str | None = None
    org_id: str | None = None
    callback_url: Any = None
    created_at: Any = None
    updated_at: Any = None
    deleted_at: Any = None

    def read(
        self,
        organisation_id: OrganisationId,
        app_id: AppId,
        *,
        public_url: str,
        insecure: bool,
        kept: Collection[str],
    ) -> NewApp:
        """The app in its place. Raises InvalidRequest, NotOfferedYet."""
        addressed = {"id": (self.id, app_id), "orgId": (self.org_id, organisation_id)}
        wrong = [name for name, (said, address) in addressed.items() if said not in {None, address}]
        if wrong:
            raise InvalidRequest(fields=tuple(FieldError(name, "is not the address's") for name in wrong))
        return self.read_with(self._configs(), public_url=public_url, insecure=insecure, kept=kept)

    def _configs(self) -> Sequence[AuthConfigBody]:
        if self.auth_configs is not None:
            return self.auth_configs
        if self.supported_auth_configs is None:
            raise InvalidRequest(fields=(FieldError("authConfigs", "is missing"),))
        return [AuthConfigBody(type=config.type, data=config.data) for config in self.supported_auth_configs]


def _refuse_twice(configs: Sequence[ReadConfig]) -> None:
    types = [read.config.type.lower() for read in configs]
    if len(set(types)) != len(types):
        raise InvalidRequest(fields=(FieldError("authConfigs", "names a type twice"),))


def _refuse_deep(members: Mapping[str, object]) -> None:
    # What can just be read may not be written again from deeper in the stack: the app would break each list it is in.
    deep = tuple(FieldError(name, "is nested too deep") for name, value in members.items() if not _is_shallow(value))
    if deep:
        raise InvalidRequest(fields=deep)


def _is_shallow(value: object, *, levels: int = _MOST_LEVELS) -> bool:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return not inner or (levels > 0 and all(_is_shallow(item, levels=levels - 1) for item in inner))
