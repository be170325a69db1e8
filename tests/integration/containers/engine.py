"""A container engine that has no images and can pull none: just what testcontainers asks before it gives up."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

from tests.integration.containers.answering import Answering, serving


class _Engine(Answering):
    def do_GET(self) -> None:  # noqa: N802 - http.server looks for this name
        if self.path == "/version":
            self._say(HTTPStatus.OK, {"ApiVersion": "1.41"})
        elif self.path.partition("?")[0].endswith("/networks"):
            self._say(HTTPStatus.OK, [])
        else:
            self._say(HTTPStatus.NOT_FOUND, {"message": "No such image"})

    def do_POST(self) -> None:  # noqa: N802 - http.server looks for this name
        self._say(HTTPStatus.NOT_FOUND, {"message": "pull access denied"})

    def _say(self, status: HTTPStatus, body: object) -> None:
        self.answer(status, json.dumps(body).encode())


@contextmanager
def an_engine_without_images() -> Iterator[str]:
    """What DOCKER_HOST says to reach it."""
    with serving(_Engine) as port:
        yield f"tcp://127.0.0.1:{port}"
