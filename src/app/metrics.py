"""What is measured, for Prometheus. Labels are of a few fixed words: never an identifier, a name, or an address.

Where several workers serve, each counts in files of its own in one folder, and whichever is asked adds them up. A file
is its worker's by number, not by process: a replacement goes on counting where the one before it died, so that no
counter falls back, and there are never more files than workers.
"""

import os

import attrs
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
    values,
)
from prometheus_client.multiprocess import MultiProcessCollector

from app import server_process
from app.server_process import METRICS_FOLDER_VARIABLE
from domain.ports import EventLog

if METRICS_FOLDER_VARIABLE in os.environ:
    values.ValueClass = values.MultiProcessValue(server_process.number)  # type: ignore[no-untyped-call]

JOB_LATENESS = Gauge(
    "switchboard_job_lateness_seconds",
    "For how long the longest due has been due, as last looked at",
    ["job"],
    multiprocess_mode="mostrecent",
)
JOB_BACKLOG = Gauge(
    "switchboard_job_backlog",
    "How much a job has before it, by how that stands",
    ["job", "state"],
    multiprocess_mode="mostrecent",
)
_GRANTS_ENDING = Gauge(
    "switchboard_grants_ending",
    "Active connections whose grant ends within so many days; final: however often it is renewed; idle: unless it is "
    "renewed before. 100,000 stands for more",
    ["end", "within"],
    multiprocess_mode="mostrecent",
)
JOB_SUCCESS = Gauge(
    "switchboard_job_last_success_timestamp_seconds",
    "When the job last ended well",
    ["job"],
    multiprocess_mode="mostrecent",
)
JOB_FAILURES = Counter("switchboard_job_failures", "Runs of the job that failed, and will be tried again", ["job"])
REQUEST_SECONDS = Histogram(
    "switchboard_http_request_seconds",
    "From a request until its answer begins, by the route's template and the status's class",
    ["method", "route", "status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
)
_FLOWS = Counter("switchboard_flows", "Callbacks that ended a flow; code is ours, where it failed", ["outcome", "code"])
_RECOVERED = Counter(
    "switchboard_flows_recovered",
    "Flows whose claimant had stopped, by how the job found them to end; code is ours, where it failed",
    ["outcome", "code"],
)
_REFRESHES = Counter(
    "switchboard_refreshes",
    "Providers' answers to a refresh; rival: another process's grant was stored first; code is ours, where it failed",
    ["outcome", "code"],
)
_GRANTS_ENDED = Counter("switchboard_grants_ended", "Connections whose grant is over: they need reauthorization")
_SEALED = Counter("switchboard_grants_sealed", "Grants sealed into Postgres, for Vault was slow or took none")
TOKENS_ISSUED = Counter("switchboard_tokens_issued", "Tokens given to callers, also as headers, renewed or not")

HOT_TOKEN_SECONDS = REQUEST_SECONDS.labels(
    "POST", "/v1alpha1/organisations/{organisation_id:str}/connections/{connection_id:str}/token", "2xx"
)

_APP_INCIDENTS = Counter(
    "switchboard_app_incidents", "Refusals of an app's client, or of many of its grants at once; no connection is ended"
)

_COUNTED = {
    "flow_connected": (_FLOWS, "connected"),
    "flow_failed": (_FLOWS, "failed"),
    "flow_interrupted": (_FLOWS, "interrupted"),
    "flow_recovered": (_RECOVERED, "connected"),
    "flow_recovered_failed": (_RECOVERED, "failed"),
    "flow_recovered_interrupted": (_RECOVERED, "interrupted"),
    "token_refreshed": (_REFRESHES, "refreshed"),
    "refresh_failed": (_REFRESHES, "failed"),
    "refresh_answer_lost": (_REFRESHES, "lost"),
    "rival_grant": (_REFRESHES, "rival"),
}
_COUNTED_ALONE = {
    "app_incident": _APP_INCIDENTS,
    "grant_ended": _GRANTS_ENDED,
    "grant_sealed": _SEALED,
    "token_issued": TOKENS_ISSUED,
}

# Litestar adds the charset; Prometheus 3 takes nothing from an answer whose Content-Type says it twice.
CONTENT_TYPE = CONTENT_TYPE_LATEST.removesuffix("; charset=utf-8")


@attrs.frozen
class CountedEventLog:
    """An EventLog that counts what it passes on. Of an event's fields only ``code`` is a label: our errors' words."""

    log: EventLog

    def note(self, event: str, **fields: str) -> None:
        if event in _COUNTED:
            counter, outcome = _COUNTED[event]
            counter.labels(outcome, fields.get("code", "")).inc()
        elif event in _COUNTED_ALONE:
            _COUNTED_ALONE[event].inc()
        self.log.note(event, **fields)


def tell_ending(number: int, *, end: str, within: str) -> None:
    """A forecast: ``end`` and ``within`` are a few fixed words."""
    _GRANTS_ENDING.labels(end, within).set(number)


def exposition() -> bytes:
    """All of it in Prometheus's text format, of all workers."""
    if METRICS_FOLDER_VARIABLE not in os.environ:
        return generate_latest(REGISTRY)
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry)
