import json

from hypothesis import example, given
from hypothesis import strategies as st

from domain.errors import FlowFailed
from domain.ids import AttemptId
from domain.oauth.token_response import read_token_response
from domain.tokens import TokenGrant
from tests.unit.domain.examples import NOW, ULID, an_answer

NAMES = [
    "access_token",
    "token_type",
    "expires_in",
    "refresh_token",
    "scope",
    "error",
    "error_description",
    "ok",
    "id_token",
]
texts = st.text() | st.sampled_from(["Bearer", "bearer", "3600", "invalid_grant", "read write"])
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
objects = st.dictionaries(st.sampled_from(NAMES) | st.text(), values, max_size=8)
likely = st.fixed_dictionaries(
    {"access_token": texts, "token_type": st.sampled_from(["Bearer", "bearer"])},
    optional=dict.fromkeys(NAMES[2:], values),
)
statuses = st.sampled_from([200, 200, 200, 400, 401, 429, 500]) | st.integers(100, 599)
content_types = st.sampled_from(["application/json", "application/x-www-form-urlencoded", "text/html", ""]) | st.text()


def judged(body: str, status: int = 200, content_type: str = "application/json") -> TokenGrant | FlowFailed:
    """The only two things that may come of an answer; any other exception fails the test."""
    answer = an_answer(body, status=status, content_type=content_type)
    try:
        return read_token_response(answer, sent_at=NOW, requested_scope="read write", attempt=AttemptId(ULID))
    except FlowFailed as failed:
        return failed


def assert_usable(grant: TokenGrant) -> None:
    for token in (grant.access_token, grant.refresh_token):
        assert token is None or (token.reveal() and token.reveal().isascii() and token.reveal().isprintable())
    assert grant.token_type == "Bearer"
    assert grant.expires_at is None or grant.expires_at >= grant.obtained_at == NOW
    assert grant.scope.isascii()
    assert TokenGrant.from_document(grant.to_document()) == grant


def assert_told(failed: FlowFailed) -> None:
    assert failed.code in {"provider_error", "provider_protocol_error", "provider_unavailable"}
    assert all(isinstance(value, str) and len(value) <= 500 for value in failed.extensions.values())


def assert_judged(outcome: TokenGrant | FlowFailed) -> None:
    if isinstance(outcome, TokenGrant):
        assert_usable(outcome)
    else:
        assert_told(outcome)


@given(body=st.text(st.characters()), status=statuses, content_type=content_types)
@example(body="[" * 100_000, status=200, content_type="")
def test_any_text_at_all_is_a_grant_or_a_failure(body: str, status: int, content_type: str) -> None:
    assert_judged(judged(body, status, content_type))


@given(body=st.binary(), status=statuses, content_type=content_types)
def test_any_bytes_at_all_are_a_grant_or_a_failure(body: bytes, status: int, content_type: str) -> None:
    assert_judged(judged(body.decode("latin-1"), status, content_type))


@given(members=objects, status=statuses)
def test_any_json_object_is_a_grant_or_a_failure(members: dict[str, object], status: int) -> None:
    assert_judged(judged(json.dumps(members), status))


@given(members=likely)
def test_whatever_stands_beside_a_token_it_is_a_grant_or_a_failure(members: dict[str, object]) -> None:
    assert_judged(judged(json.dumps(members)))


@given(pairs=st.lists(st.tuples(st.sampled_from(NAMES) | texts, texts)))
def test_any_form_is_a_grant_or_a_failure(pairs: list[tuple[str, str]]) -> None:
    body = "&".join(f"{name}={value}" for name, value in pairs)
    assert_judged(judged(body, content_type="application/x-www-form-urlencoded"))
