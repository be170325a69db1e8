"""Events are counted where they are told, and by nothing that a caller may choose."""

import attrs
import pytest
from prometheus_client import REGISTRY

from app.metrics import CountedEventLog, exposition


@attrs.frozen
class Kept:
    events: list[tuple[str, dict[str, str]]] = attrs.field(factory=list)

    def note(self, event: str, **fields: str) -> None:
        self.events.append((event, fields))


def counted(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


@pytest.mark.parametrize(
    ("event", "name", "outcome", "code"),
    [
        ("flow_connected", "switchboard_flows_total", "connected", ""),
        ("flow_failed", "switchboard_flows_total", "failed", "authorization_denied"),
        ("flow_interrupted", "switchboard_flows_total", "interrupted", ""),
        ("token_refreshed", "switchboard_refreshes_total", "refreshed", ""),
        ("refresh_failed", "switchboard_refreshes_total", "failed", "provider_unavailable"),
        ("rival_grant", "switchboard_refreshes_total", "rival", ""),
    ],
)
def test_an_outcome_is_counted_once(event: str, name: str, outcome: str, code: str) -> None:
    fields = {"connection_id": "CANARY", "provider_error": "CANARY"} | ({"code": code} if code else {})
    before = counted(name, outcome=outcome, code=code)
    CountedEventLog(Kept()).note(event, **fields)
    assert counted(name, outcome=outcome, code=code) == before + 1
    assert b"CANARY" not in exposition()


@pytest.mark.parametrize(
    ("event", "name"),
    [("grant_ended", "switchboard_grants_ended_total"), ("token_issued", "switchboard_tokens_issued_total")],
)
def test_what_has_one_outcome_is_a_number(event: str, name: str) -> None:
    before = counted(name)
    CountedEventLog(Kept()).note(event, connection_id="c")
    assert counted(name) == before + 1


def test_every_event_is_told_as_it_was() -> None:
    kept = Kept()
    CountedEventLog(kept).note("flow_failed", code="provider_error", flow_id="f")
    CountedEventLog(kept).note("not_counted", connection_id="c")
    assert kept.events == [
        ("flow_failed", {"code": "provider_error", "flow_id": "f"}),
        ("not_counted", {"connection_id": "c"}),
    ]
