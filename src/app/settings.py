"""Settings: a TOML file, then the environment, then the command's options → one frozen, validated ``Settings``.

Each member is ``SWITCHBOARD_<NAME>`` in the environment and ``<name>`` in the file.
"""

import ipaddress
import os
import tomllib
from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

import attrs
import typed_settings as ts
from typed_settings.converters import TSConverter
from typed_settings.loaders import EnvLoader
from typed_settings.types import LoadedSettings, LoaderMeta, OptionList, SettingsClass

from domain.secret import Secret

PREFIX = "SWITCHBOARD_"
CONFIG_VARIABLE = "SWITCHBOARD_CONFIG"
_VAULTS_OWN = {
    "vault_addr": "VAULT_ADDR",
    "vault_token": "VAULT_TOKEN",
    "vault_namespace": "VAULT_NAMESPACE",
    "vault_cacert": "VAULT_CACERT",
}
_ADMIN_KEY_CHARACTERS = 32


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
        flow_ttl: Seconds from connection-init until a flow lapses.
        bootstrap_admin_key: A first platform administrator's key, used until another exists; 32 characters or more.
        allow_insecure_providers: Development only: http, loopback and private addresses for what tenants name.
        log_level: What is logged at least.
        log_format: ``json``, a line each, or ``console``.

    """

    public_url: str = "http://127.0.0.1:8080"
    bind: str = "127.0.0.1:8080"
    database_url: Secret = attrs.field(factory=lambda: Secret(""))
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
    flow_ttl: float = 600.0
    bootstrap_admin_key: Secret | None = None
    allow_insecure_providers: bool = False
    log_level: LogLevel = LogLevel.INFO
    log_format: LogFormat = LogFormat.JSON

    def problems(self) -> Mapping[str, str]:
        """What is wrong, by the setting's name; empty when the service can start."""
        checks = {
            "public_url": _origin_problem(self.public_url),
            "bind": None if _is_bind(self.bind) else "is an address and a port: 127.0.0.1:8080",
            "database_url": None if self.database_url != Secret("") else "is not set: the DSN of your Postgres",
            "vault_addr": None if self.vault_addr else "is not set: the address of your Vault or OpenBao",
            "vault_auth": self._login_problem(),
            "flow_ttl": None if self.flow_ttl > 0 else "is a number of seconds above 0",
            "bootstrap_admin_key": None
            if self.bootstrap_admin_key is None or len(self.bootstrap_admin_key.reveal()) >= _ADMIN_KEY_CHARACTERS
            else "has 32 characters or more",
        }
        return {name: f"{name} ({PREFIX}{name.upper()}) {problem}" for name, problem in checks.items() if problem}

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
    loaders: list[_Source | EnvLoader] = [
        _Source("file", {} if file is None else _file_members(file)),
        _Source("Vault's variable", {name: os.environ[own] for name, own in _VAULTS_OWN.items() if own in os.environ}),
        EnvLoader(PREFIX),
        _Source("option", given),
    ]
    converter = TSConverter(resolve_paths=False)
    converter.scalar_converters[Secret] = lambda value, _: value if isinstance(value, Secret) else Secret(value)
    try:
        settings = ts.load_settings(Settings, loaders, converter=converter)
    except ts.exceptions.InvalidSettingsError as error:
        raise SettingsError("\n".join(map(_without_value, error.exceptions))) from None
    return Loaded(settings, _sources(loaders), _unknown_variables())


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


def _sources(loaders: Sequence[_Source | EnvLoader]) -> Mapping[str, str]:
    sources = {field.name: "default" for field in attrs.fields(Settings)}
    for loader in loaders:
        if isinstance(loader, _Source):
            sources |= dict.fromkeys(loader.members, loader.name)
        else:
            sources |= {name: "environment" for name in sources if PREFIX + name.upper() in os.environ}
    return sources


def _unknown_variables() -> Sequence[str]:
    known = {PREFIX + field.name.upper() for field in attrs.fields(Settings)} | {CONFIG_VARIABLE}
    return sorted(name for name in os.environ if name.startswith(PREFIX) and name not in known)


def _without_value(error: BaseException) -> str:
    # typed-settings quotes the value, which may be a secret: only the option's name is taken out of its sentence.
    _, _, rest = str(error).partition(" for option '")
    name = rest.partition("'")[0]
    return f"{name} ({PREFIX}{name.upper()}) has a value that cannot be read as its kind." if name else "is malformed"


def _origin_problem(url: str) -> str | None:
    parts = urlsplit(url)
    if url != f"{parts.scheme}://{parts.netloc}" or "@" in parts.netloc or not parts.hostname:
        return "is an origin: scheme, host and port, with nothing behind it: https://switchboard.example"
    if parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(parts.hostname)):
        return None
    return "begins with https:// (http:// on loopback alone)"


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _is_bind(bind: str) -> bool:
    host, _, port = bind.rpartition(":")
    return bool(host) and port.isascii() and port.isdigit() and int(port) < 2**16
