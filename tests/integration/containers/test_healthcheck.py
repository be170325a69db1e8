import os
import subprocess
import sys
from collections.abc import Iterator
from http import HTTPStatus

import pytest

from adapters.embedded.tcp_ports import free_port
from tests.integration.containers.answering import Answering, serving
from tests.integration.containers.test_compose_file import ROOT

STATUS = {"/livez": HTTPStatus.OK, "/readyz": HTTPStatus.SERVICE_UNAVAILABLE}


class _Service(Answering):
    """One that lives and is not ready."""

    def do_GET(self) -> None:  # noqa: N802 - http.server looks for this name
        self.answer(STATUS[self.path], b"vault: it is sealed")


@pytest.fixture
def port() -> Iterator[int]:
    with serving(_Service) as port:
        yield port


def check(path: str, port: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-I", ROOT / "deploy/healthcheck.py", path],
        # A proxy is for what leaves the container.
        env=os.environ | {"SWITCHBOARD_BIND": f"0.0.0.0:{port}", "http_proxy": "http://127.0.0.1:9"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_service_that_answers_200_is_healthy(port: int) -> None:
    assert check("/livez", port).returncode == 0


def test_another_answer_is_not_healthy_and_is_shown(port: int) -> None:
    checked = check("/readyz", port)
    assert checked.returncode == 1
    assert checked.stdout == "503 vault: it is sealed\n"


def test_where_nobody_answers_is_not_healthy() -> None:
    checked = check("/livez", free_port())
    assert checked.returncode == 1
    assert checked.stdout.startswith("/livez does not answer: ")
