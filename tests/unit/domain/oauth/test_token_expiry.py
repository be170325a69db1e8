import json
from datetime import timedelta

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
