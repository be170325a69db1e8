"""Logs: events with fields, and never what a request carries."""

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from app.logs import configure_logs
from app.settings import LogFormat, LogLevel

Printed = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def fail_holding(held: str) -> None:
    raise RuntimeError(f"of {len(held)} characters")


def log_a_failure() -> None:
    try:
        fail_holding("CANARY".lower())
    except RuntimeError as error:
        structlog.get_logger().error("internal_error", exc_info=error)


def test_json_is_a_line_for_each_event(capsys: Printed) -> None:
    configure_logs(LogLevel.INFO, LogFormat.JSON)
    with structlog.contextvars.bound_contextvars(request_id="r"):
        structlog.get_logger().info("token_refreshed", connection_id="c")
    logging.getLogger("psycopg.pool").warning("of a library")
    first, second = map(json.loads, capsys.readouterr().err.splitlines())
    assert (first["event"], first["connection_id"], first["request_id"]) == ("token_refreshed", "c", "r")
    assert second["event"] == "of a library"
    assert {"timestamp", "level"} <= first.keys() & second.keys()


@pytest.mark.parametrize("log_format", LogFormat)
def test_a_traceback_shows_no_variables(log_format: LogFormat, capsys: Printed) -> None:
    configure_logs(LogLevel.INFO, log_format)
    log_a_failure()
    said = capsys.readouterr().err
    assert "RuntimeError: of 6 characters" in said
    assert "fail_holding" in said
    assert "canary" not in said


def test_what_is_below_the_level_is_not_logged(capsys: Printed) -> None:
    configure_logs(LogLevel.WARNING, LogFormat.JSON)
    structlog.get_logger().info("request")
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("name", ["httpx", "httpcore", "aiohttp.client", "hvac", "asyncio"])
@pytest.mark.parametrize("level", [LogLevel.DEBUG, LogLevel.INFO])
def test_libraries_that_log_urls_are_not_heard(name: str, level: LogLevel, capsys: Printed) -> None:
    """Trap 5: httpx logs each URL at INFO, its query included."""
    configure_logs(level, LogFormat.JSON)
    logging.getLogger(name).info("GET /callback?state=canary")
    logging.getLogger(name).debug("canary")
    assert capsys.readouterr().err == ""
