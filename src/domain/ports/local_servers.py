"""Ports, as in ``ports``: what `switchboard dev` needs of its machine: servers, and a folder that keeps them."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

import attrs

from domain.secret import Secret


class ServersError(Exception):
    """A server cannot run. The message says why and what to do, and holds nothing secret."""


class ServersMissing(ServersError):
    """What carries the servers is not installed."""


class Program(Protocol):
    """A process that we started. It ends when ours does, however that ends."""

    @property
    def pid(self) -> int:
        """Its number; its own children are ended with it."""

    def check_running(self) -> None:
        """Raises ServersError, with the end of its log, if it has ended."""

    def wait_until(self, ready: Callable[[], bool], *, within_seconds: float) -> None:
        """Return when ``ready`` says so. Raises ServersError if it ends first, or at the deadline."""

    def stop(self) -> None:
        """Tell it to end, and wait; at its deadline kill it with its children. Does nothing if it has ended."""


@attrs.frozen
class LocalVault:
    address: str
    root_token: Secret
    program: Program


@attrs.frozen
class LocalDatabase:
    """``dsn`` is that of a role which owns this database and has no other privilege, ``superuser_dsn`` for looking."""

    dsn: Secret
    superuser_dsn: Secret
    program: Program


@attrs.frozen
class LocalProvider:
    """``issuer`` is its address too, in the one spelling that it knows itself by."""

    issuer: str
    program: Program


class Servers(Protocol):
    """Real servers on 127.0.0.1, on a data folder which is this process's alone while it is open.

    What ``start_…`` answers is ready, and has the data of the run before, however that ended. All here raise
    ServersMissing and ServersError.
    """

    @property
    def folder(self) -> Path:
        """Where data, logs and what is kept are; this user alone may enter."""

    def kept(self, name: str) -> Secret | None:
        """What was kept under this name, a file in the folder, by an earlier run too."""

    def keep(self, name: str, value: Secret) -> None:
        """Keep it whole, whatever happens, readable by this user alone."""

    def own_key(self, name: str) -> Secret:
        """What is kept under this name; 256 random bits, kept from now on, where there is nothing yet."""

    def port(self, number: int, *, within_seconds: float = 0) -> int:
        """This port, or any that is free for 0; whoever listens there may still go within these seconds."""

    def start_vault(self) -> LocalVault:
        """A Vault or an OpenBao, unsealed."""

    def start_database(self) -> LocalDatabase:
        """A Postgres with the service's role and database in it."""

    def start_provider(self, *, port: int, token_max_age_seconds: int) -> LocalProvider:
        """A provider that takes any client and any user; the first token of a grant lives for these seconds."""

    def start_program(
        self, command: Sequence[str], *, name: str, log: str, env: Mapping[str, str], seconds_to_stop: float
    ) -> Program:
        """A program of ours, called ``name`` in messages, its output going to the file ``log`` of the folder."""
