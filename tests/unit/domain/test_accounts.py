"""Whether two accounts at a provider are one (C37, C38; CVE-2026-9087)."""

import pytest

from domain.accounts import Account
from domain.secret import Secret

UNKNOWN = Account()
ALICE = Account({"iss": "https://p.example", "sub": "alice"})
ALICE_ELSEWHERE = Account({"iss": "https://q.example", "sub": "alice"})
BOB = Account({"iss": "https://p.example", "sub": "bob"})
TEAM = Account({"team_id": "T1"})
ALICE_OF_TEAM = Account({"iss": "https://p.example", "sub": "alice", "team_id": "T1"})


@pytest.mark.parametrize(
    ("before", "after", "may"),
    [
        (ALICE, ALICE, True),
        (ALICE, BOB, False),
        (ALICE, ALICE_ELSEWHERE, False),
        (ALICE, UNKNOWN, False),
        (UNKNOWN, ALICE, True),
        (UNKNOWN, UNKNOWN, True),
        (ALICE, ALICE_OF_TEAM, True),
        (ALICE, TEAM, False),
    ],
)
def test_c38_what_was_known_is_followed_by_the_same_alone(before: Account, after: Account, *, may: bool) -> None:
    assert before.may_be_followed_by(after) is may


@pytest.mark.parametrize(
    ("one", "other", "may"),
    [(ALICE, ALICE, True), (ALICE, ALICE_OF_TEAM, True), (ALICE, BOB, False), (ALICE, UNKNOWN, True)],
)
def test_what_is_not_known_may_be_anybodys(one: Account, other: Account, *, may: bool) -> None:
    assert one.may_be(other) is may
    assert other.may_be(one) is may


@pytest.mark.parametrize("newer", [BOB, ALICE_ELSEWHERE])
def test_c37_refresh_token_invalid_issuer_and_invalid_sub(newer: Account) -> None:
    assert ALICE.renewed_by(newer) == Account(ALICE.members, refused="account_mismatch")


@pytest.mark.parametrize("newer", [UNKNOWN, ALICE, ALICE_OF_TEAM])
def test_a_refresh_that_tells_the_same_or_nothing_changes_nothing(newer: Account) -> None:
    assert ALICE.renewed_by(newer) == ALICE


def test_what_was_refused_once_stays_refused() -> None:
    refused = Account(ALICE.members, refused="id_token_aud")
    assert refused.renewed_by(ALICE) == refused


@pytest.mark.parametrize("account", [UNKNOWN, ALICE, Account(TEAM.members, refused="id_token_sub")])
def test_an_account_is_read_as_it_was_stored(account: Account) -> None:
    assert Account.from_document(account.to_document()) == account


@pytest.mark.parametrize("stored", ["", "7", "[]", '{"sub": 7}'])
def test_what_somebody_else_wrote_is_no_account(stored: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - any will do
        Account.from_document({"account": Secret(stored)})
