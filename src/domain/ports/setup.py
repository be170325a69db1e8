"""What a service needs before it serves, and while it does."""

from collections.abc import Sequence
from typing import Protocol

from domain.examination import Finding
from domain.secret import Secret


class Migrator(Protocol):
    def migrate(self) -> None:
        """Bring the schema up to date, under a lock: of many at once, one does it and the others wait."""

    def pending(self) -> bool:
        """Whether the schema is behind this version of Switchboard."""

    def escapes_row_security(self) -> bool:
        """Whether the service's role would see every tenant's rows, whatever it says that it is for."""

    def sql(self) -> str:
        """The statements from nothing to this version's schema."""


class VaultSetup(Protocol):
    async def bootstrap(self, *, dry_run: bool) -> Sequence[str]:
        """Mount and policy as the service needs them; answers what was (or would be) changed, a line each.

        Idempotent: a second time answers nothing.
        """

    async def service_token(self) -> Secret:
        """A new token with the service's policy alone, which ends 30 days after it was last renewed."""

    async def inspector_token(self) -> Secret:
        """A new token that may read and list the mount and nothing else, as ``service_token`` ends; for development."""


class Dependency(Protocol):
    """Something that the service needs, as ``/readyz`` asks after it."""

    @property
    def name(self) -> str:
        """What ``/readyz`` calls it."""

    async def check(self) -> None:
        """Return when it can be used as the service uses it; else raise StorageUnavailable with what to do."""


class Examiner(Protocol):
    """Looks at one dependency as the service uses it. Each finds what no other can: tests try each by itself."""

    async def examine(self) -> Sequence[Finding]:
        """What was looked at, in an order in which a person mends it. A dependency that is away is a finding, too.

        Nothing that the service has is changed; what is written to see whether it can be goes, but for the probe.
        """
