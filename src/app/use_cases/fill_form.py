"""What a connection's form makes, tried before anything is kept."""

from collections.abc import Mapping

import attrs

from app.use_cases.minting import Mint
from app.use_cases.obtain_grant import ObtainedGrant, ObtainGrant
from domain.apps import App, secret_name
from domain.auth_configs import BasicAuthConfig, DirectGrantConfig, FormConfig, JwtBearerConfig
from domain.connections import Connection
from domain.errors import FieldError, InvalidRequest
from domain.filled_forms import FilledForm
from domain.ids import OrganisationId
from domain.jwt_bearer import signing_of
from domain.ports import JwtSigner, SecretKind, SecretMissing, SecretPath, SecretStore, UnusableKey
from domain.secret import Secret


@attrs.frozen
class NewDocument:
    """What to keep in the secret store; ``grant`` only where one was asked for."""

    document: Mapping[str, Secret]
    obtained: ObtainedGrant | None


@attrs.frozen(kw_only=True)
class TryForm:
    """Sign once with a new key, and get a token where one was asked for: what cannot work is not kept."""

    mint: Mint
    signer: JwtSigner
    obtain: ObtainGrant

    async def __call__(self, connection: Connection, form: FilledForm) -> NewDocument:
        """The document. Raises InvalidRequest for a key that cannot sign, FlowFailed's leaves where no token is had."""
        if isinstance(connection.made_with, JwtBearerConfig):
            self._sign(form)
        if not form.issue_token:
            return NewDocument(form.document, None)
        obtained = await self.obtain(connection, form.document, None)
        return NewDocument({**obtained.beside, **obtained.grant.to_document()}, obtained)

    def _sign(self, form: FilledForm) -> None:
        signing = signing_of(form.document, now=self.mint.clock.now())
        try:
            self.signer.sign(signing.claims, algorithm=signing.algorithm, key=signing.key)
        except UnusableKey as error:
            raise InvalidRequest(fields=(FieldError("data.secret", str(error)),)) from error


@attrs.frozen
class ReadDefaults:
    """The secrets that an app's config has for connections that leave them out: its own organisation's alone.

    A public app's would be handed, by ``…/headers``, to everybody who may connect it.
    """

    secrets: SecretStore

    async def __call__(self, app: App, config: FormConfig, *, connecting: OrganisationId) -> Mapping[str, Secret]:
        """By the names of the form's members as they are kept. Raises SecretStoreUnavailable."""
        names = _DEFAULTS.get(type(config), {})
        if not names or app.organisation_id != connecting:
            return {}
        try:
            stored = await self.secrets.read(SecretPath(app.organisation_id, SecretKind.APP, app.id))
        except SecretMissing:
            return {}
        kept = {name: stored.document.get(secret_name(config.type, member)) for name, member in names.items()}
        return {name: value for name, value in kept.items() if value is not None}


_DEFAULTS: Mapping[type, Mapping[str, str]] = {
    BasicAuthConfig: {"password": "password"},
    DirectGrantConfig: {"clientSecret": "client_secret", "password": "password"},
    JwtBearerConfig: {"secret": "secret"},
}
