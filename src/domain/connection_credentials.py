"""The credential that a connection made from a form has: a Raw, a BasicAuth, or a Default that shows nothing."""

from collections.abc import Mapping

from domain.auth_configs import ApiKeyConfig, BasicAuthConfig, FormConfig
from domain.credential_data import encoded
from domain.credentials import BasicAuth, CredentialData, CredentialType, Default, Raw
from domain.errors import FieldError
from domain.filled_forms import names_kept
from domain.secret import Secret
from domain.tokens import Unusable


def type_of_form(config: FormConfig) -> CredentialType:
    """The type of credential that a connection by this config has."""
    if isinstance(config, ApiKeyConfig):
        return CredentialType.RAW
    return CredentialType.BASIC_AUTH if isinstance(config, BasicAuthConfig) else CredentialType.DEFAULT


def redacted_of(config: FormConfig) -> tuple[str, ...]:
    """The members of a Default that are never returned: all of them."""
    return tuple(sorted(names_kept(config))) if type_of_form(config) is CredentialType.DEFAULT else ()


def form_data(config: FormConfig, document: Mapping[str, Secret]) -> CredentialData:
    """What the stored form amounts to; a grant that is kept beside it is no part of the credential."""
    values = {name: document[name] for name in sorted(names_kept(config)) if name in document}
    match config:
        case ApiKeyConfig() if "raw" in values:
            return Raw(values["raw"])
        case BasicAuthConfig() if values.keys() == {"username", "password"}:
            return BasicAuth(username=values["username"].reveal(), password=values["password"])
        case ApiKeyConfig() | BasicAuthConfig():
            return Unusable((FieldError("data", "is not whole in the secret store"),))
        case _:
            return Default({name: encoded(value.reveal()) for name, value in values.items()})
