"""Which of `switchboard serve`'s processes this is: it tells each as it starts it, a replacement as the one before."""

import os

NUMBER_VARIABLE = "SWITCHBOARD_WORKER"
METRICS_FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"  # prometheus-client's own name for it


def number() -> int:
    """From 1; also for a process that is the only one."""
    return int(os.environ.get(NUMBER_VARIABLE) or 1)
