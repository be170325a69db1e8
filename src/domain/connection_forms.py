"""The forms that connections without a browser are made from: one table, of which schema and reading both come.

A form's values are kept, as text, under the names of its members; a Raw's and a BasicAuth's under their credential's.
"""

from collections.abc import Callable, Mapping
from enum import StrEnum, auto
from typing import assert_never

import attrs

from domain.auth_configs import (
    JWT_ALGORITHMS,
    ApiKeyConfig,
    BasicAuthConfig,
    DirectGrantConfig,
    FlowType,
    FormConfig,
    HttpRefreshConfig,
    JwtBearerConfig,
)
from domain.form_values import (
    as_choice,
    as_flag,
    as_header_value,
    as_json_object,
    as_lifetime,
    as_parameters,
    as_password,
    as_prefix,
    as_text,
    as_user,
)

AUTH_STYLES = {0: "auto", 1: "body", 2: "header"}


class Shape(StrEnum):
    """What a member is in JSON."""

    STRING = auto()
    BOOLEAN = auto()
    INTEGER = auto()
    OBJECT = auto()  # or a string that holds one


@attrs.frozen(kw_only=True)
class Member:
    """One member of a form.

    Attributes:
        read: The text to keep of what was sent. Raises ValueError, whose words say what it has to be.
        kept_as: Under which name; None for what is not kept.
        fallback: What counts where nothing is sent.

    """

    name: str
    title: str
    read: Callable[[object], str] = as_text
    shape: Shape = Shape.STRING
    required: bool = True
    secret: bool = False
    choices: tuple[str | int, ...] = ()
    kept_as: str | None = attrs.field(default=attrs.Factory(lambda self: self.name, takes_self=True))
    fallback: str | None = None


def members_of(config: FormConfig) -> tuple[Member, ...]:
    """The members of the form that makes a connection by this config."""
    match config:
        case ApiKeyConfig():
            return (
                Member(
                    name="apiKey",
                    title=f"The key that is sent as {config.name}",
                    read=as_header_value(config.location),
                    secret=True,
                    kept_as="raw",
                ),
            )
        case BasicAuthConfig():
            return (
                Member(name="user", title="User", read=as_user, kept_as="username", fallback=config.user or None),
                Member(name="password", title="Password", read=as_password, secret=True),
            )
        case DirectGrantConfig():
            return (*_of_client(config), *_of_owner(config), *_OF_ANY_DIRECT_GRANT)
        case JwtBearerConfig():
            return _of_jwt(config)
        case HttpRefreshConfig():
            return (Member(name="secret", title="What a token is given for", secret=True),)
        case _:
            assert_never(config)


def form_schema(config: FormConfig) -> Mapping[str, object]:
    """The JSON Schema (2020-12) of the ``data`` to send."""
    members = members_of(config)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "additionalProperties": False,
        "properties": {member.name: _property(member) for member in members},
        "required": [member.name for member in members if member.required and member.fallback is None],
    }


def _property(member: Member) -> Mapping[str, object]:
    kinds = ["object", "string"] if member.shape is Shape.OBJECT else member.shape.value
    told: dict[str, object] = {"type": kinds, "title": member.title}
    if member.secret:
        told["writeOnly"] = True
    if member.choices:
        told["enum"] = list(member.choices)
    if member.required and member.shape is Shape.STRING:
        told["minLength"] = 1
    return told


def _of_client(config: DirectGrantConfig) -> tuple[Member, ...]:
    return (
        Member(name="clientId", title="Client identifier", fallback=config.client_id or None),
        Member(name="clientSecret", title="Client secret", secret=True),
    )


def _of_owner(config: DirectGrantConfig) -> tuple[Member, ...]:
    needed = config.flow_type is FlowType.RESOURCE_OWNER_PASSWORD
    return (
        Member(name="username", title="User", required=needed, fallback=config.username or None),
        Member(name="password", title="Password", required=needed, secret=True),
    )


_OF_ANY_DIRECT_GRANT = (
    Member(
        name="additionalParameters",
        title="Further members of the token request, as a query string",
        read=as_parameters,
        required=False,
        secret=True,
    ),
    Member(
        name="issueToken",
        title="Try to get a token now",
        read=as_flag,
        shape=Shape.BOOLEAN,
        required=False,
        kept_as=None,
    ),
    Member(
        name="authStyle",
        title="Client authentication: 0 found out, 1 in the body, 2 in the header",
        read=as_choice(AUTH_STYLES),
        shape=Shape.INTEGER,
        choices=tuple(AUTH_STYLES),
        required=False,
    ),
)


def _of_jwt(config: JwtBearerConfig) -> tuple[Member, ...]:
    return (
        Member(name="secret", title="The key: a shared secret, or a private key in PEM", secret=True),
        Member(
            name="payload",
            title="The claims, beside iat and exp",
            read=as_json_object,
            shape=Shape.OBJECT,
            required=False,
            fallback=as_json_object(config.payload),
        ),
        Member(
            name="algorithm",
            title="Algorithm",
            read=as_choice({name: name for name in JWT_ALGORITHMS}),
            choices=JWT_ALGORITHMS,
            required=False,
            fallback=config.algorithm,
        ),
        Member(
            name="prefix",
            title="What stands before the JWT in Authorization",
            read=as_prefix,
            required=False,
            fallback=config.prefix,
        ),
        Member(
            name="expiresIn",
            title="How long a JWT is valid: seconds, or 90s, 15m, 1h30m",
            read=as_lifetime,
            required=False,
            fallback=str(config.lifetime_seconds),
        ),
    )
