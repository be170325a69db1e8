from itertools import pairwise, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import AuthorizationDenied, FlowFailed, ProviderError, ProviderProtocolError, ProviderUnavailable
from domain.flows import (
    TRANSITIONS,
    ByBrowser,
    ByRelay,
    FlowEvent,
    FlowStatus,
    error_of,
    failure_of,
    statuses_before,
)
from domain.ids import CallbackId, FlowId
from domain.secret import Secret
from tests.unit.domain.examples import ANOTHER_ULID, COOKIE, ULID, a_flow

TERMINAL = {FlowStatus.CONNECTED, FlowStatus.FAILED, FlowStatus.LAPSED}
CLAIMED = {FlowStatus.FINISHING, FlowStatus.CONNECTED, FlowStatus.FAILED, FlowStatus.INTERRUPTED}
COOKIES = {FlowId(ULID): COOKIE}


def statuses_of(events: list[FlowEvent]) -> list[FlowStatus]:
    """Where a flow goes when whatever the table does not allow is refused."""
    statuses = [FlowStatus.WAITING]
    for event in events:
        if statuses[-1] in statuses_before(event):
            statuses.append(TRANSITIONS[statuses[-1]][event])
    return statuses


def test_every_status_stands_in_the_table() -> None:
    assert set(TRANSITIONS) == set(FlowStatus)


@pytest.mark.parametrize("status", sorted(TERMINAL))
def test_nothing_happens_to_a_flow_that_is_over(status: FlowStatus) -> None:
    assert TRANSITIONS[status] == {}


@pytest.mark.parametrize(("status", "event"), list(product(FlowStatus, FlowEvent)))
def test_the_statuses_before_an_event_are_the_tables(status: FlowStatus, event: FlowEvent) -> None:
    assert (status in statuses_before(event)) is (event in TRANSITIONS[status])


@pytest.mark.parametrize(
    ("event", "before"),
    [
        (FlowEvent.START, {FlowStatus.WAITING, FlowStatus.STARTED}),
        (FlowEvent.CLAIM, {FlowStatus.STARTED}),
        (FlowEvent.CONNECT, {FlowStatus.FINISHING, FlowStatus.INTERRUPTED}),
        (FlowEvent.FAIL, {FlowStatus.FINISHING, FlowStatus.INTERRUPTED}),
        (FlowEvent.INTERRUPT, {FlowStatus.FINISHING}),
        (FlowEvent.LAPSE, {FlowStatus.WAITING, FlowStatus.STARTED}),
    ],
)
def test_an_event_happens_in_these_statuses_alone(event: FlowEvent, before: set[FlowStatus]) -> None:
    assert set(statuses_before(event)) == before


@given(events=st.lists(st.sampled_from(FlowEvent), max_size=12))
def test_a_flow_is_claimed_at_most_once_whatever_happens(events: list[FlowEvent]) -> None:
    statuses = statuses_of(events)
    entered = [now for before, now in pairwise(statuses) if now is not before]
    assert entered.count(FlowStatus.FINISHING) <= 1


@given(events=st.lists(st.sampled_from(FlowEvent), max_size=12))
def test_a_flow_connects_only_when_it_was_started_and_claimed(events: list[FlowEvent]) -> None:
    statuses = statuses_of(events)
    if statuses[-1] in CLAIMED:
        assert statuses.index(FlowStatus.STARTED) < statuses.index(FlowStatus.FINISHING)


@given(events=st.lists(st.sampled_from(FlowEvent), max_size=12))
def test_a_claimed_flow_lapses_no_more(events: list[FlowEvent]) -> None:
    statuses = statuses_of(events)
    assert not (FlowStatus.LAPSED in statuses and FlowStatus.FINISHING in statuses)


@given(before=st.lists(st.sampled_from(FlowEvent), max_size=12), after=st.lists(st.sampled_from(FlowEvent), max_size=6))
def test_what_is_over_stays_over(before: list[FlowEvent], after: list[FlowEvent]) -> None:
    end = statuses_of(before)[-1]
    if end in TERMINAL:
        assert statuses_of(before + after)[-1] is end


def test_every_status_can_be_reached() -> None:
    reached = {FlowStatus.WAITING}
    for _ in FlowStatus:
        reached |= {after for status in reached for after in TRANSITIONS[status].values()}
    assert reached == set(FlowStatus)


def test_the_browser_that_pressed_the_button_finishes_the_flow() -> None:
    assert a_flow().is_bound_to(ByBrowser(CallbackId(ULID), COOKIES))


@pytest.mark.parametrize(
    "presenter",
    [
        ByBrowser(CallbackId(ULID), {}),
        ByBrowser(CallbackId(ULID), {FlowId(ULID): Secret("another browser's")}),
        ByBrowser(CallbackId(ULID), {FlowId(ULID): Secret("")}),
        ByBrowser(CallbackId(ULID), {FlowId(ULID): Secret(COOKIE.fingerprint())}),  # what the store holds is no cookie
        ByBrowser(CallbackId(ULID), {FlowId(ANOTHER_ULID): COOKIE}),  # of another flow of this browser
        ByBrowser(CallbackId(ANOTHER_ULID), COOKIES),  # C06: on another app's landing page
        ByRelay(ULID),  # the principal that began it, at the API
    ],
)
def test_nothing_but_its_browser_on_its_landing_page_finishes_it(presenter: ByBrowser | ByRelay) -> None:
    assert not a_flow().is_bound_to(presenter)


def test_a_flow_that_no_browser_started_is_bound_to_none() -> None:
    flow = a_flow(status=FlowStatus.WAITING, browser_fingerprint=None)
    assert not flow.is_bound_to(ByBrowser(CallbackId(ULID), COOKIES))
    assert not flow.is_bound_to(ByBrowser(CallbackId(ULID), {}))


def test_a_relays_flow_is_finished_by_the_principal_that_began_it() -> None:
    assert a_flow(relay=True, browser_fingerprint=None).is_bound_to(ByRelay(ULID))


@pytest.mark.parametrize(
    "presenter",
    [ByRelay(ANOTHER_ULID), ByRelay(""), ByRelay("acme"), ByBrowser(CallbackId(ULID), COOKIES)],
)
def test_nobody_else_finishes_a_relays_flow(presenter: ByBrowser | ByRelay) -> None:
    assert not a_flow(relay=True).is_bound_to(presenter)


@pytest.mark.parametrize("cookies", [{}, COOKIES])
def test_any_browser_may_press_the_button_first(cookies: dict[FlowId, Secret]) -> None:
    assert a_flow(status=FlowStatus.WAITING, browser_fingerprint=None).may_be_started_with(cookies)


def test_the_same_browser_may_press_again() -> None:
    assert a_flow(status=FlowStatus.STARTED).may_be_started_with(COOKIES)


@pytest.mark.parametrize("cookies", [{}, {FlowId(ULID): Secret("another browser's")}])
def test_another_browser_may_not(cookies: dict[FlowId, Secret]) -> None:
    assert not a_flow(status=FlowStatus.STARTED).may_be_started_with(cookies)


@pytest.mark.parametrize("status", sorted(set(FlowStatus) - {FlowStatus.WAITING, FlowStatus.STARTED}))
def test_nobody_starts_what_is_claimed_or_over(status: FlowStatus) -> None:
    assert not a_flow(status=status).may_be_started_with(COOKIES)
    assert not a_flow(status=status, browser_fingerprint=None).may_be_started_with({})


@pytest.mark.parametrize("error", [AuthorizationDenied, ProviderError, ProviderProtocolError, ProviderUnavailable])
def test_a_failure_that_was_kept_is_told_again_as_the_same_error(error: type[FlowFailed]) -> None:
    raised = error("Mend it.", error="server_error", description="Try later.")
    again = error_of(failure_of(raised))
    assert type(again) is error
    assert (again.message, again.extensions) == (raised.message, raised.extensions)


def test_a_flow_that_is_printed_tells_no_secret() -> None:
    flow = a_flow()
    for secret in (flow.state, flow.ticket, flow.code_verifier):
        assert secret is not None
        assert secret.reveal() not in repr(flow)
