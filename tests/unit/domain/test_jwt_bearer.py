"""What a connection's own JWT claims."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.jwt_bearer import claims_of, read_payload
from tests.unit.domain.examples import NOW


@given(payload=st.dictionaries(st.text(), st.integers()), lifetime=st.integers(1, 10**7))
def test_times_are_ours_whatever_the_payload_says(payload: dict[str, int], lifetime: int) -> None:
    claims = claims_of(payload | {"iat": 0, "exp": 0}, now=NOW, lifetime_seconds=lifetime)
    issued_at = int(NOW.timestamp())
    assert claims == payload | {"iat": issued_at, "exp": issued_at + lifetime}


@pytest.mark.parametrize(
    "text", ["", "[]", "1", "{", '{"a": Infinity}', '{"a": 1e999}', "[" * 100_000, '{"a":' * 100_000]
)
def test_what_is_no_object_is_no_payload(text: str) -> None:
    assert read_payload(text) is None
