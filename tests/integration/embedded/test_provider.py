"""The demo's provider is a process of its own with one spelling of its issuer."""

import json
import socket
from http.client import HTTPConnection

import pytest

from adapters.embedded.errors import EmbeddedServerFailed
from adapters.embedded.provider import DemoProvider


def test_its_issuer_is_its_address_and_it_stops_when_it_is_told() -> None:
    provider = DemoProvider.start(token_max_age_seconds=30)
    with provider.process.killed_on_error():
        connection = HTTPConnection("127.0.0.1", provider.port, timeout=30)
        connection.request("GET", "/.well-known/openid-configuration")
        discovered = json.loads(connection.getresponse().read())
        connection.close()
        assert discovered["issuer"] == provider.address

    provider.stop()

    assert not provider.process.is_running()


def test_a_port_that_is_taken_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(EmbeddedServerFailed, match=f"Port {port}"):
            DemoProvider.start(token_max_age_seconds=30, port=port)
