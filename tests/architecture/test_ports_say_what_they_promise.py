"""A port's docstring is its contract: of the method, or of the whole port."""

import inspect

from domain import ports
from domain.ports import local_servers

PORTS = {
    port
    for module in (ports, local_servers)
    for _, port in inspect.getmembers(module, inspect.isclass)
    if getattr(port, "_is_protocol", False) and port.__module__.startswith("domain.ports.")
}


def methods_of(port: type) -> dict[str, str | None]:
    found = inspect.getmembers(port, inspect.isfunction)
    return {name: method.__doc__ for name, method in found if not name.startswith("_")}


def test_there_are_ports() -> None:
    assert {"FlowStore", "SecretStore", "TokenExchanger"} <= {port.__name__ for port in PORTS}


def test_a_ports_docstring_is_its_contract() -> None:
    silent = {
        f"{port.__name__}.{name}"
        for port in PORTS
        for name, contract in methods_of(port).items()
        if not contract and not port.__doc__
    }
    assert silent == set()
