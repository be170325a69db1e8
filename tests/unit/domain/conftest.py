"""Hypothesis as a gate needs it: the same examples at each run, and no verdict that depends on the machine's speed."""

from hypothesis import HealthCheck, settings

settings.register_profile("gate", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("gate")
