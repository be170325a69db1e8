"""What this process has counted."""

from prometheus_client import REGISTRY


def tokens_issued() -> float:
    return REGISTRY.get_sample_value("switchboard_tokens_issued_total") or 0.0
