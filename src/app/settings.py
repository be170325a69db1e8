"""Settings: a TOML file, then the environment, then the command's options → one frozen, validated ``Settings``.

Each member is ``SWITCHBOARD_<NAME>`` in the environment and ``<name>`` in the file. A variable that is empty counts as
one that is not there: that is how Compose and Helm write it.
"""

import os
import tomllib
from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path

import attrs
import typed_settings as ts
from typed_settings.converters import TSConverter
from typed_settings.types import LoadedSettings, LoaderMeta, OptionList, SettingsClass

from app.oidc_setting import OidcIssuers, read_oidc_issuers
from app.server_process import NUMBER_VARIABLE
from app.setting_checks import is_bind, is_key, network_problem, vault_address_problem
from domain.oidc_issuers import IssuerProblem
from domain.secret import Secret
from domain.urls import origin_problem

PREFIX = "SWITCHBOARD_"
CONFIG_VARIABLE = "SWITCHBOARD_CONFIG"
_VAULTS_OWN = {
    "vault_addr": "VAULT_ADDR",
    "vault_token": "VAULT_TOKEN",
    "vault_namespace": "VAULT_NAMESPACE",
    "vault_cacert": "VAULT_CACERT",
}
_LONGEST_FLOW_SECONDS = 3600.0  # with the 24 hours of its result it stays below the life of its cookie

_BUDGETS = (
    "provider_refreshes_at_once",
    "provider_refreshes_a_second",
    "app_refreshes_at_once",
    "app_refreshes_a_second",
)


class LogFormat(StrEnum):
    JSON = "json"
    CONSOLE = "console"


class LogLevel(StrEnum):
    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class VaultAuth(StrEnum):
    TOKEN = "token"  # noqa: S105 - the method's name
    APPROLE = "approle"
    KUBERNETES = "kubernetes"
    JWT = "jwt"


class SettingsError(Exception):
    """What is wrong with which setting, a line each; no value is quoted."""


@attrs.frozen(kw_only=True)
class Settings:
    """Everything that an operator decides.

    Attributes:
        public_url: The origin that browsers see: https, or http on loopback. Callback URLs are built from it.
        bind: Address and port to listen on.
        database_url: Postgres DSN.
        hints: Whether processes hear of each other's changes (LISTEN); false: each use of a memory asks Postgres.
        hints_database_url: For hints: a DSN that leads to Postgres itself, where the other one leads to a pooler.
        vault_addr: Vault's or OpenBao's address; as the three after it, Vault's own variable is the fall-back.
        vault_auth: How the service logs in: ``token``, ``approle``, ``kubernetes`` or ``jwt``.
        vault_auth_mount: Where that auth method is mounted, if not under its own name.
        vault_token: For ``token``: the service's, under ``vault/policies/service.hcl``.
        vault_namespace: Sent as ``X-Vault-Namespace``.
        vault_cacert: A PEM file of the CA that signed Vault's certificate.
        vault_token_file: For ``token``: a file that holds it, read again when Vault refuses it (Vault Agent's sink).
        vault_role_id: For ``approle``.
        vault_secret_id_file: For ``approle``: a file that holds the secret id, read at each login.
        vault_role: For ``kubernetes`` and ``jwt``.
        vault_jwt_file: For ``kubernetes`` and ``jwt``: the JWT, read at each login; a pod's own unless told.
        vault_kv_mount: Where the KV v2 engine is mounted.
        vault_transit_mount: Where the transit engine is mounted whose key tokens are sealed to while Vault is away.
        tokens_in_memory: How many access tokens each process remembers, about 1 KB each.
        memory_grace: Seconds for which what is remembered is trusted while Postgres does not answer.
        provider_refreshes_at_once: Refreshes under way at one provider, by one process; it has 100 connections there.
        provider_refreshes_a_second: Refreshes begun at one provider in a second, by one process.
        app_refreshes_at_once: Refreshes under way for one app, by one process; four fifths of as many, of all apps, are
            begun before anybody asks.
        app_refreshes_a_second: Refreshes begun for one app in a second, by one process.
        flow_ttl: Seconds from connection-init until a flow lapses.
        bootstrap_admin_key: A first platform administrator's key, used until another exists; 32 characters or more.
        cors_origins: Whose pages may ask the API with a bearer, separated by commas; exact, and never with cookies.
        trusted_proxies: Whose ``X-Forwarded-For`` the audit believes, separated by commas: networks as 10.0.0.0/8.
        allow_insecure_providers: Development only: http, loopback and private addresses for what tenants name.
        jobs: Whether the service works off what is due; false where `switchboard worker` does.
        oidc_issuers: Whose JWTs are taken: a JSON list, or a file with one; see ``docs/reference/access.md``.
        oidc_cacert: A PEM file of authorities that are trusted for these issuers, beside the system's.
        log_level: What is logged at least.
        log_format: ``json``, a line each, or ``console``.

    """

    public_url: str = "http://127.0.0.1:8080"
    bind: str = "127.0.0.1:8080"
    database_url: Secret = attrs.field(factory=lambda: Secret(""))
    hints: bool = True
    hints_database_url: Secret | None = None
    vault_addr: str = ""
    vault_auth: VaultAuth = VaultAuth.TOKEN
    vault_auth_mount: str | None = None
    vault_token: Secret | None = None
    vault_token_file: Path | None = None
    vault_role_id: str | None = None
    vault_secret_id_file: Path | None = None
    vault_role: str | None = None
    vault_jwt_file: Path = Path("/var/run/secrets/kubernetes.io/serviceaccount/token")
    vault_namespace: str | None = None
    vault_cacert: Path | None = None
    vault_kv_mount: str = "switchboard"
    vault_transit_mount: str = "switchboard-transit"
    tokens_in_memory: int = 50_000
    memory_grace: float = 30.0
    provider_refreshes_at_once: int = 50
    provider_refreshes_a_second: float = 1000.0
    app_refreshes_at_once: int = 40
    app_refreshes_a_second: float = 500.0
    flow_ttl: float = 600.0
    bootstrap_admin_key: Secret | None = None
    cors_origins: tuple[str, ...] = ()
    trusted_proxies: tuple[str, ...] = ()
    allow_insecure_providers: bool = False
    jobs: bool = True
    oidc_issuers: OidcIssuers = attrs.field(factory=OidcIssuers)
    oidc_cacert: Path | None = None
    log_level: LogLevel = LogLevel.INFO
    log_format: LogFormat = LogFormat.JSON

    def problems(self) -> Mapping[str, str]:
        """What is wrong, by the setting's name; empty when the service can start."""
        checks = {
            "public_url": origin_problem(self.public_url, insecure=True),
            "cors_origins": next(filter(None, (origin_problem(url, insecure=True) for url in self.cors_origins)), None),
            "trusted_proxies": next(filter(None, map(network_problem, self.trusted_proxies)), None),
            "bind": None if is_bind(self.bind) else "is an address and a port: 127.0.0.1:8080",
            "database_url": None if self.database_url != Secret("") else "is not set: the DSN of your Postgres",
            "vault_addr": vault_address_problem(self.vault_addr),
            "vault_auth": self._login_problem(),
            "tokens_in_memory": None if self.tokens_in_memory > 0 else "is above 0",
            "memory_grace": None if self.memory_grace >= 0 else "is 0 seconds or more",
            **{name: None if getattr(self, name) >= 1 else "is 1 or more" for name in _BUDGETS},
            "flow_ttl": None if 0 < self.flow_ttl <= _LONGEST_FLOW_SECONDS else "is above 0 and at most 3600 seconds",
            "bootstrap_admin_key": None
            if self.bootstrap_admin_key is None or is_key(self.bootstrap_admin_key.reveal())
            else "has 32 characters or more, all of them printable ASCII, and no space at its ends",
        }
        return {name: f"{name} ({_variable(name)}) {problem}" for name, problem in checks.items() if problem}

    def _login_problem(self) -> str | None:
        needed: Mapping[VaultAuth, tuple[bool, str]] = {
            VaultAuth.TOKEN: (self.vault_token is None and self.vault_token_file is None, "vault_token or its file"),
            VaultAuth.APPROLE: (
                self.vault_role_id is None or self.vault_secret_id_file is None,
                "vault_role_id and vault_secret_id_file",
            ),
            VaultAuth.KUBERNETES: (self.vault_role is None, "vault_role"),
            VaultAuth.JWT: (self.vault_role is None, "vault_role"),
        }
        is_missing, names = needed[self.vault_auth]
        return f"{self.vault_auth} needs {names}" if is_missing else None


@attrs.frozen
class Loaded:
    """Settings, where each came from, and the variables that look like settings and are none."""

    settings: Settings
    sources: Mapping[str, str]
    unknown_variables: Sequence[str]


def load(options: Mapping[str, object], *, config: Path | None = None) -> Loaded:
    """Settings of file, environment and options, in rising order. Raises SettingsError."""
    file = config or (Path(os.environ[CONFIG_VARIABLE]) if os.environ.get(CONFIG_VARIABLE) else None)
    given = {name: value for name, value in options.items() if value is not None}
    sources = [
        _Source("file", {} if file is None else _file_members(file)),
        _Source("Vault's variable", _variables(_VAULTS_OWN)),
        _Source("environment", _variables({field.name: _variable(field.name) for field in attrs.fields(Settings)})),
        _Source("option", given),
    ]
    converter = TSConverter(resolve_paths=False, strlist_sep=_split)
    converter.scalar_converters[Secret] = _read_secret
    converter.scalar_converters[OidcIssuers] = lambda value, _: read_oidc_issuers(value)
    try:
        for source in sources:  # here, where its words can be told: the loader's own would quote the whole value
            read_oidc_issuers(source.members.get("oidc_issuers", []))
        settings = ts.load_settings(Settings, sources, converter=converter)
    except IssuerProblem as problem:
        raise SettingsError(f"oidc_issuers ({_variable('oidc_issuers')}) {problem}") from None
    except ts.exceptions.InvalidSettingsError as error:
        raise SettingsError("\n".join(map(_without_value, error.exceptions))) from None
    origins = {field.name: "default" for field in attrs.fields(Settings)}
    for source in sources:
        origins |= dict.fromkeys(source.members, source.name)
    return Loaded(settings, origins, _unknown_variables())


@attrs.frozen
class _Source:
    """A loader of values that are at hand."""

    name: str
    members: Mapping[str, object]

    def __call__(self, settings_cls: SettingsClass, options: OptionList) -> LoadedSettings:
        del settings_cls, options
        return LoadedSettings(dict(self.members), LoaderMeta(self.name))


def _file_members(path: Path) -> Mapping[str, object]:
    try:
        members = tomllib.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise SettingsError(f"{path}: cannot be read as TOML ({type(error).__name__}).") from None
    unknown = sorted(members.keys() - {field.name for field in attrs.fields(Settings)})
    if unknown:
        raise SettingsError(f"{path}: there is no setting called {', '.join(unknown)}.")
    return members


def _variable(name: str) -> str:
    return PREFIX + name.upper()


def _variables(called: Mapping[str, str]) -> Mapping[str, str]:
    return {name: os.environ[variable] for name, variable in called.items() if os.environ.get(variable)}


def _unknown_variables() -> Sequence[str]:
    known = {_variable(field.name) for field in attrs.fields(Settings)} | {CONFIG_VARIABLE, NUMBER_VARIABLE}
    return sorted(name for name in os.environ if name.startswith(PREFIX) and name not in known)


def _without_value(error: BaseException) -> str:
    # typed-settings quotes the value, which may be a secret: only the option's name is taken out of its sentence.
    _, _, rest = str(error).partition(" for option '")
    name = rest.partition("'")[0]
    return f"{name} ({_variable(name)}) has a value that cannot be read as its kind." if name else "is malformed"


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _read_secret(value: object, _: type) -> Secret:
    if isinstance(value, Secret):
        return value
    if not isinstance(value, str):
        raise TypeError("a secret is a string")
    return Secret(value)
