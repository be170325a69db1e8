import copy
import hashlib
import json
import pickle
import traceback
from collections.abc import Callable

import attrs
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from domain.secret import Secret

CANARY = "canary-7f3a91"


@attrs.frozen
class Holder:
    secret: Secret


class Bearer(Exception):
    """An exception that was handed a secret."""


@pytest.mark.parametrize(
    "shown",
    [
        repr,
        str,
        format,
        ascii,
        lambda secret: f"{secret}",
        lambda secret: f"{secret!r}",
        lambda secret: f"{secret!s}",
        lambda secret: "%s %r" % (secret, secret),  # noqa: UP031 - how the logging module formats
        "{0} {0!r}".format,
        lambda secret: repr({"secret": secret}),
        lambda secret: repr([secret]),
        lambda secret: repr({secret}),
        lambda secret: repr(Holder(secret)),
        lambda secret: repr(attrs.asdict(Holder(secret))),
        lambda secret: str(Bearer(secret)),
        lambda secret: repr(Bearer(secret)),
        lambda secret: "".join(traceback.format_exception(Bearer(secret))),
        lambda secret: json.dumps({"secret": secret}, default=str),
    ],
)
def test_a_secret_never_prints_itself(shown: Callable[[Secret], str]) -> None:
    assert CANARY not in shown(Secret(CANARY))


@pytest.mark.parametrize(
    "copied",
    [
        *(lambda secret, protocol=protocol: pickle.dumps(secret, protocol) for protocol in range(6)),
        lambda secret: pickle.dumps(Holder(secret)),
        copy.copy,
        copy.deepcopy,
        lambda secret: copy.deepcopy({"secret": secret}),
        lambda secret: json.dumps({"secret": secret}),
        lambda secret: f"{secret:>40}",
    ],
)
def test_what_would_take_a_secret_apart_is_refused_without_telling_it(copied: Callable[[Secret], object]) -> None:
    with pytest.raises(TypeError) as refused:
        copied(Secret(CANARY))
    assert CANARY not in "".join(traceback.format_exception(refused.value))


def test_a_secret_has_no_dictionary_to_be_dumped() -> None:
    assert not hasattr(Secret(CANARY), "__dict__")


@given(value=st.text(min_size=8))
def test_whatever_the_value_is_its_text_is_the_same(value: str) -> None:
    assert repr(Secret(value)) == str(Secret(value)) == f"{Secret(value)}" == repr(Secret(""))


@given(value=st.text())
def test_a_secret_reveals_what_it_was_given(value: str) -> None:
    assert Secret(value).reveal() == value


@given(one=st.text(), other=st.text())
def test_secrets_are_equal_when_their_values_are(one: str, other: str) -> None:
    assert (Secret(one) == Secret(other)) is (one == other)
    assert one != other or hash(Secret(one)) == hash(Secret(other))


def test_a_secret_equals_no_string() -> None:
    assert Secret(CANARY) != CANARY


def test_a_fingerprint_is_the_sha_256_in_lower_case_hex() -> None:
    assert Secret("abc").fingerprint() == hashlib.sha256(b"abc").hexdigest()


@given(value=st.text(), purpose=st.text(), message=st.text(), others=st.tuples(st.text(), st.text()))
def test_what_is_derived_depends_on_purpose_and_message(
    value: str, purpose: str, message: str, others: tuple[str, str]
) -> None:
    assume(others != (purpose, message))
    other_purpose, other_message = others
    derived = Secret(value).derive(purpose, message=message)
    assert derived == Secret(value).derive(purpose, message=message)
    assert derived != Secret(value).derive(other_purpose, message=other_message)


def test_the_border_between_purpose_and_message_does_not_move() -> None:
    assert Secret(CANARY).derive("a", message="bc") != Secret(CANARY).derive("ab", message="c")
