import json
from datetime import timedelta
from typing import Any

import pytest

from domain.errors import ProviderProtocolError
from tests.unit.domain.examples import NOW
from tests.unit.domain.oauth.answers import GOOD, granted, read


@pytest.mark.parametrize(
    ("expires_in", "seconds"),
    [
        ("3600", 3600),
        ('"3600"', 3600),
        ("0", 0),
        ('"0"', 0),
        ("-1", 0),
        ('"-1"', 0),
        ("3599.9", 3599),
        ("3.6e3", 3600),
        ("-0.5", 0),
        ("1", 1),
        ("9999999999", 9999999999),
    ],
)
def test_expires_in_counts_from_before_the_request_was_sent(expires_in: str, seconds: int) -> None:
    grant = read(json.dumps(GOOD)[:-1] + f', "expires_in": {expires_in}}}')
    assert grant.expires_at == NOW + timedelta(seconds=seconds)
    assert grant.obtained_at == NOW


@pytest.mark.parametrize(
    "expires_in",
    [
        "null",
        "true",
        "false",
        "1e400",
        "-1e400",
        "1e300",
        "1000000000000",
        "10000000000000000000000000000000",
        "[3600]",
        "{}",
        '""',
        '"soon"',
        '" 3600"',
        '"3600\\n"',
        '"3_600"',
        '"3600.0"',
        '"1e3"',
        '"+3600"',
        '"\\u0663\\u0666"',
        '"0x10"',
        '"3600s"',
    ],
)
def test_an_expiry_that_is_no_number_of_seconds_is_unknown_and_loses_no_grant(expires_in: str) -> None:
    grant = read(json.dumps(GOOD)[:-1] + f', "expires_in": {expires_in}}}')
    assert grant.expires_at is None


def test_rfc6749_5_1_expires_in_may_be_absent() -> None:
    assert granted().expires_at is None


@pytest.mark.parametrize("constant", ["NaN", "Infinity", "-Infinity"])
def test_rfc8259_6_what_is_no_json_number_makes_no_json(constant: str) -> None:
    with pytest.raises(ProviderProtocolError):
        read(json.dumps(GOOD)[:-1] + f', "expires_in": {constant}}}')


def test_a_number_too_long_to_be_read_is_no_answer() -> None:
    with pytest.raises(ProviderProtocolError):
        read(json.dumps(GOOD)[:-1] + f', "expires_in": {"9" * 5000}}}')


@pytest.mark.parametrize("name", ["refresh_token_expires_in", "refresh_expires_in", "x_refresh_token_expires_in"])
def test_a_grant_ends_when_its_refresh_token_does(name: str) -> None:
    members: dict[str, Any] = {name: 86_400}
    assert granted(**members).grant_expires_at == NOW + timedelta(days=1)


@pytest.mark.parametrize("said", [None, 0, "soon", -1])
def test_a_grant_whose_end_is_not_told_has_none(said: object) -> None:
    assert granted(refresh_token_expires_in=said).grant_expires_at is None


def test_a_refresh_that_tells_no_end_keeps_the_old_one_with_the_old_refresh_token_alone() -> None:
    before = granted(refresh_token="first", refresh_token_expires_in=86_400)
    assert before.renewed_by(granted()).grant_expires_at == before.grant_expires_at
    assert before.renewed_by(granted(refresh_token="second")).grant_expires_at is None
    assert type(before).from_document(before.to_document()) == before
