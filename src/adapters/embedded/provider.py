"""The demo's OAuth provider, oidc-provider-mock, in a process of its own.

Not for proof: it takes any client secret, PKCE verifier and redirect URI.
"""

import http.client
import os
import sys
from http import HTTPStatus
from pathlib import Path
from signal import SIGKILL
from typing import Self

import attrs

from adapters.embedded.errors import EmbeddedServerFailed
from adapters.embedded.processes import ChildProcess
from adapters.embedded.tcp_ports import LOOPBACK, given_or_free_port
from adapters.embedded.wheels import wheel_folder

_SECONDS_TO_START = 60
_SECONDS_FOR_AN_ANSWER = 5
# Enough for a Python to find its modules; the rest of our environment holds secrets, none of a provider's business.
_VARIABLES_PASSED = ("PATH", "HOME", "LANG", "PYTHONPATH")


@attrs.frozen(eq=False)
class DemoProvider:
    """A running provider. Its issuer is ``address``, in this one spelling of its host."""

    port: int
    process: ChildProcess

    @property
    def address(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def pid(self) -> int:
        return self.process.pid

    @classmethod
    def start(cls, *, token_max_age_seconds: int, port: int = 0) -> Self:
        """Start and return when it answers; 0 is any free port. Raises EmbeddedServersMissing or EmbeddedServerFailed.

        Its output goes nowhere: the access log prints the state and the code of every flow.
        """
        module = wheel_folder("oidc_provider_mock").name
        port = given_or_free_port(port)
        env = {name: os.environ[name] for name in _VARIABLES_PASSED if name in os.environ}
        command = [sys.executable, "-P", "-m", module, f"--port={port}", f"--token-max-age={token_max_age_seconds}"]
        process = ChildProcess.start(command, name="The demo provider", env=env, cwd=Path("/"), dies_with=SIGKILL)
        with process.killed_on_error():
            try:
                process.wait_until(lambda: _answers(port), within_seconds=_SECONDS_TO_START)
            except EmbeddedServerFailed as error:
                raise EmbeddedServerFailed(f"{error} To see why: {' '.join(command)}") from error
        return cls(port=port, process=process)

    def stop(self) -> None:
        self.process.stop(within_seconds=3)


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=_SECONDS_FOR_AN_ANSWER)
    try:
        connection.request("GET", "/.well-known/openid-configuration")
        return connection.getresponse().status == HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
