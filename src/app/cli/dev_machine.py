"""The order in which `switchboard dev` starts things, and the reverse one in which it stops them."""

import os
import time
from contextlib import ExitStack
from pathlib import Path
from typing import NoReturn

import attrs

from app.cli.api import api_at
from app.cli.dev_organisation import ORGANISATION, ensure_api_key, ensure_demo_app
from app.cli.dev_ports import provider_port, public_port
from app.cli.dev_service import service_environment
from app.cli.dev_vault import VaultTokens, prepare_vault
from app.cli.ready_file import Ready
from app.cli.steps import Steps
from app.cli.subcommand import subcommand
from app.settings import Settings
from domain.ports.local_servers import LocalDatabase, LocalProvider, LocalVault, Program, Servers
from domain.secret import Secret

_SECONDS_TO_START = 90
_SECONDS_TO_STOP = 80  # `serve` lets an exchange in flight reach Vault first
_SECONDS_BETWEEN_LOOKS = 0.2


@attrs.frozen(kw_only=True)
class Plan:
    """What the user asked for; ``port`` None is that of the run before, 0 any."""

    settings: Settings
    config: Path | None
    port: int | None
    workers: int
    with_provider: bool
    token_max_age_seconds: int


@attrs.frozen
class Machine:
    """One run. What it starts is stopped by ``running``, last first; ``programs`` are those to watch, by their name."""

    plan: Plan
    servers: Servers
    running: ExitStack
    steps: Steps
    programs: dict[str, Program] = attrs.field(factory=dict)

    def start(self) -> Ready:
        """Start everything, and set up what is needed to use it. Raises ServersError, StorageUnavailable, ApiError."""
        if self.plan.port != 0:
            public_port(self.servers, self.plan.port)  # a taken one is told before anything is started
        vault, tokens = self._start_vault()
        database = self._start_database()
        provider = self._start_provider() if self.plan.with_provider else None
        admin_key = self._admin_key()
        url = self._start_service(vault, tokens, database, admin_key)
        with self.steps.doing("Setting the organisation up") as seen:
            api_key = ensure_api_key(self.servers, url=url, admin_key=admin_key)
            app_id = None if provider is None else self._ensure_demo_app(url, api_key, provider)
            seen(f"Organisation {ORGANISATION}")
        return Ready(
            url=url,
            admin_key=admin_key,
            api_key=api_key,
            organisation_id=ORGANISATION,
            demo_app_id=app_id,
            provider_url=None if provider is None else provider.issuer,
            vault_addr=vault.address,
            vault_token=tokens.inspector,
            postgres_dsn=database.superuser_dsn,  # for looking, which row security would forbid
            pids={name: program.pid for name, program in self.programs.items()},
        )

    def watch(self) -> NoReturn:
        """``check_running``, again and again."""
        while True:
            self.check_running()
            time.sleep(_SECONDS_BETWEEN_LOOKS)

    def check_running(self) -> None:
        """Raises ServersError when something that was started has ended."""
        for program in self.programs.values():
            program.check_running()

    def _start_vault(self) -> tuple[LocalVault, VaultTokens]:
        with self.steps.doing("Starting OpenBao", slow=True) as seen:
            vault = self.servers.start_vault()
            self._have("vault", vault.program)
            tokens = prepare_vault(self.servers, vault, self.plan.settings)
            seen(f"OpenBao at {vault.address}")
        return vault, tokens

    def _start_database(self) -> LocalDatabase:
        with self.steps.doing("Starting Postgres", slow=True) as seen:
            database = self.servers.start_database()
            self._have("postgres", database.program)
            seen("Postgres")
        return database

    def _start_provider(self) -> LocalProvider:
        with self.steps.doing("Starting the demo provider", slow=True) as seen:
            port = provider_port(self.servers)
            provider = self.servers.start_provider(port=port, token_max_age_seconds=self.plan.token_max_age_seconds)
            self._have("provider", provider.program)
            seen(f"Demo provider at {provider.issuer}")
        return provider

    def _start_service(self, vault: LocalVault, tokens: VaultTokens, database: LocalDatabase, admin_key: Secret) -> str:
        with self.steps.doing("Starting the service", slow=True) as seen:
            port = public_port(self.servers, self.plan.port)
            env = service_environment(
                os.environ,
                config=self.plan.config,
                port=port,
                database_url=database.dsn,
                vault_addr=vault.address,
                vault_token_file=tokens.service_file,
                admin_key=admin_key,
            )
            service = self.servers.start_program(
                subcommand("serve", "--workers", str(self.plan.workers)),
                name="The service",
                log="service.log",
                env=env,
                seconds_to_stop=_SECONDS_TO_STOP,
            )
            self._have("service", service)
            url = f"http://127.0.0.1:{port}"
            with api_at(url, admin_key) as api:
                service.wait_until(api.is_ready, within_seconds=_SECONDS_TO_START)
            seen(f"Service at {url}")
        return url

    def _ensure_demo_app(self, url: str, key: Secret, provider: LocalProvider) -> str:
        with api_at(url, key) as api:
            return ensure_demo_app(api, provider.issuer)

    def _admin_key(self) -> Secret:
        return self.plan.settings.bootstrap_admin_key or self.servers.own_key("admin-key")

    def _have(self, name: str, program: Program) -> None:
        self.running.callback(program.stop)
        self.programs[name] = program
