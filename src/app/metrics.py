"""What is measured, for Prometheus. Labels are of a few fixed words: never an identifier, a name, or an address."""

from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, Counter, Gauge, generate_latest

JOB_LATENESS = Gauge(
    "switchboard_job_lateness_seconds", "For how long the longest due has been due, as last looked at", ["job"]
)
JOB_SUCCESS = Gauge("switchboard_job_last_success_timestamp_seconds", "When the job last ended well", ["job"])
JOB_FAILURES = Counter("switchboard_job_failures", "Runs of the job that failed, and will be tried again", ["job"])

CONTENT_TYPE = CONTENT_TYPE_LATEST


def exposition() -> bytes:
    """All of it in Prometheus's text format."""
    return generate_latest(REGISTRY)
