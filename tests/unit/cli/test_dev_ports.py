from collections.abc import Mapping
from pathlib import Path
from typing import cast

import attrs
import pytest

from app.cli.dev_ports import PROVIDER, PUBLIC, provider_port, public_port
from domain.ports.local_servers import Servers, ServersError
from domain.secret import Secret

ANY = 50_000


@attrs.define
class Ports:
    """What ``Servers`` says of ports and keeps, without a server."""

    folder: Path = Path("/nowhere")
    taken: frozenset[int] = frozenset()
    kept_values: dict[str, Secret] = attrs.field(factory=dict)
    waited: float = 0

    def kept(self, name: str) -> Secret | None:
        return self.kept_values.get(name)

    def keep(self, name: str, value: Secret) -> None:
        self.kept_values[name] = value

    def port(self, number: int, *, within_seconds: float = 0) -> int:
        if number in self.taken:
            self.waited = within_seconds
            raise ServersError
        return number or ANY


def servers(*, taken: frozenset[int] = frozenset(), kept: Mapping[str, int] | None = None) -> tuple[Servers, Ports]:
    ports = Ports(taken=taken, kept_values={name: Secret(str(port)) for name, port in (kept or {}).items()})
    return cast("Servers", ports), ports


@pytest.mark.parametrize(
    ("asked", "kept", "expected"),
    [
        (None, {}, 8080),
        (None, {PUBLIC: 9000}, 9000),
        (8081, {PUBLIC: 9000}, 8081),
        (0, {}, ANY),
        (0, {PUBLIC: 9000}, 9000),
    ],
)
def test_the_port_of_the_run_before_is_kept_unless_another_is_asked_for(
    asked: int | None, kept: dict[str, int], expected: int
) -> None:
    machine, ports = servers(kept=kept)
    assert public_port(machine, asked) == expected
    assert ports.kept_values[PUBLIC] == Secret(str(expected))


def test_a_port_that_a_stranger_has_is_refused_at_once_and_the_kept_one_stays() -> None:
    machine, ports = servers(taken=frozenset({8081}), kept={PUBLIC: 9000})
    with pytest.raises(ServersError):
        public_port(machine, 8081)
    assert (ports.waited, ports.kept_values[PUBLIC]) == (0, Secret("9000"))


def test_the_kept_port_is_waited_for_and_not_given_up_for_another() -> None:
    machine, ports = servers(taken=frozenset({9000}), kept={PUBLIC: 9000})
    with pytest.raises(ServersError):
        public_port(machine, None)
    assert ports.waited > 0


def test_any_port_will_do_for_0_where_the_kept_one_is_taken() -> None:
    machine, _ = servers(taken=frozenset({9000}), kept={PUBLIC: 9000})
    assert public_port(machine, 0) == ANY


def test_the_provider_takes_another_port_where_the_kept_one_is_taken() -> None:
    machine, ports = servers(taken=frozenset({9400}), kept={PROVIDER: 9400})
    assert provider_port(machine) == ANY
    assert ports.kept_values[PROVIDER] == Secret(str(ANY))
