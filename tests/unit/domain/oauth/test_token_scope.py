import pytest

from tests.unit.domain.oauth.answers import granted


@pytest.mark.parametrize(
    ("answered", "scope"),
    [
        ("read", "read"),
        ("write read", "write read"),
        ("read  write", "read write"),
        ("read,write", "read write"),
        ("read, write", "read write"),
        ("read,,write,", "read write"),
        (["read", "write"], "read write"),
        ("", ""),
        ("admin", "admin"),
        ("r\u00e9ad\x00", "r?ad?"),
    ],
)
def test_rfc6749_3_3_what_was_granted_is_recorded_however_it_is_written(answered: object, scope: str) -> None:
    assert granted(scope=answered).scope == scope


@pytest.mark.parametrize("answered", [None, 1, True, {"read": True}, ["read", 1]])
def test_rfc6749_5_1_a_scope_that_is_not_said_is_as_requested(answered: object) -> None:
    assert granted(scope=answered).scope == "read write"


def test_rfc6749_5_1_a_scope_that_is_absent_is_as_requested() -> None:
    assert granted(requested="openid").scope == "openid"


def test_a_comma_within_a_scope_that_was_asked_for_divides_nothing() -> None:
    assert granted(requested="a,b c", scope="a,b c,d").scope == "a,b c d"


def test_a_long_scope_is_recorded_whole() -> None:
    scope = f"api://{'0' * 120}/access_as_user"
    assert granted(scope=scope).scope == scope
