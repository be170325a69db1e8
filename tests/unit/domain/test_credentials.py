"""What a credential's members amount to, what of them is visible, and what a replacement keeps."""

from datetime import timedelta
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.credential_data import encoded
from domain.credentials import (
    BasicAuth,
    Credential,
    CredentialTerms,
    CredentialType,
    Default,
    Raw,
    errors_of,
    parse,
    replacement,
    settled_terms,
)
from domain.errors import InvalidRequest
from domain.ids import CredentialId, OrganisationId
from domain.secret import Secret
from domain.tokens import Unusable
from tests.unit.domain.examples import NOW, ULID

DEFAULT, RAW, BASIC = CredentialType.DEFAULT, CredentialType.RAW, CredentialType.BASIC_AUTH
BINARY = Secret("//79")

names = st.text(min_size=1, max_size=20)
values = st.binary(max_size=20).map(lambda raw: encoded(raw.hex()))


def members(**texts: str) -> dict[str, Secret]:
    return {name: encoded(text) for name, text in texts.items()}


def a_credential(held: dict[str, Secret], **changes: Any) -> Credential:
    terms = attrs.evolve(CredentialTerms(name="n", type=DEFAULT), **changes)
    return Credential(
        id=CredentialId(ULID),
        organisation_id=OrganisationId("acme"),
        connection_id=None,
        terms=terms,
        members=held,
        data=parse(terms.type, held),
        secret_version=1,
        created_at=NOW,
        updated_at=NOW,
    )


@given(held=st.dictionaries(names, values))
def test_a_default_is_always_valid(held: dict[str, Secret]) -> None:
    assert parse(DEFAULT, held) == Default(held)


def test_what_is_whole_is_parsed() -> None:
    assert parse(RAW, members(raw="the key")) == Raw(Secret("the key"))
    assert parse(BASIC, members(username="jörg", password="p:w")) == BasicAuth(username="jörg", password=Secret("p:w"))
    assert parse(BASIC, members(username="", password="")) == BasicAuth(username="", password=Secret(""))


@pytest.mark.parametrize(
    ("kind", "held", "wrong"),
    [
        (RAW, {}, ["raw"]),
        (RAW, members(Raw="x"), ["raw", "Raw"]),
        (RAW, members(raw="x", other="y"), ["other"]),
        (RAW, {"raw": BINARY}, ["raw"]),
        (RAW, {"raw": Secret("not base64")}, ["raw"]),
        (BASIC, {}, ["username", "password"]),
        (BASIC, members(username="x"), ["password"]),
        (BASIC, members(username="a:b", password="x"), ["username"]),
        (BASIC, members(username="a", password="x\n"), ["password"]),
        (BASIC, members(username="a", password="b", b="x", a="y"), ["a", "b"]),
        (CredentialType.OAUTH2_REFRESH, {}, ["type"]),
    ],
)
def test_what_is_not_whole_is_unusable_and_says_why(
    kind: CredentialType, held: dict[str, Secret], wrong: list[str]
) -> None:
    parsed = parse(kind, held)
    assert isinstance(parsed, Unusable)
    assert [error.field for error in errors_of(parsed)] == wrong


@pytest.mark.parametrize(
    ("kind", "shown"),
    [
        (DEFAULT, {"username", "other"}),
        (RAW, {"username", "password", "other"}),
        (BASIC, {"raw", "username", "other"}),
    ],
)
def test_a_type_never_returns_what_is_secret_in_it_and_a_default_what_its_owner_says(
    kind: CredentialType, shown: set[str]
) -> None:
    held = members(raw="1", username="2", password="3", other="4")
    credential = a_credential(held, type=kind, redact_fields=("raw", "password"))
    assert credential.visible().keys() == shown


@given(held=st.dictionaries(names, values), redacted=st.lists(names))
def test_a_redacted_member_is_never_visible(held: dict[str, Secret], redacted: list[str]) -> None:
    shown = a_credential(held, redact_fields=tuple(redacted)).visible()
    assert shown == {name: value for name, value in held.items() if name not in redacted}


def test_a_credential_that_is_printed_tells_no_secret() -> None:
    printed = repr(a_credential(members(username="u", password="swordfish"), type=BASIC))
    assert "swordfish" not in printed
    assert encoded("swordfish").reveal() not in printed


def test_what_only_a_connection_makes_is_refused() -> None:
    with pytest.raises(InvalidRequest) as refused:
        settled_terms(CredentialTerms(name="n", type=CredentialType.OAUTH2_REFRESH), now=NOW)
    assert "connections only" in refused.value.fields[0].message


@pytest.mark.parametrize("ago", [timedelta(0), timedelta(days=1)])
def test_an_end_that_is_over_is_refused(ago: timedelta) -> None:
    with pytest.raises(InvalidRequest):
        settled_terms(CredentialTerms(name="n", type=RAW, expires_at=NOW - ago), now=NOW)


def test_redact_fields_count_for_a_default_alone() -> None:
    terms = CredentialTerms(
        name="n", type=DEFAULT, redact_fields=("b", "a", "b"), expires_at=NOW + timedelta(seconds=1)
    )
    assert settled_terms(terms, now=NOW) == attrs.evolve(terms, redact_fields=("b", "a"))
    assert settled_terms(attrs.evolve(terms, type=RAW), now=NOW).redact_fields == ()


@pytest.mark.parametrize(
    ("sent", "redact", "after", "hidden"),
    [
        ({}, ("s",), {"s": "1"}, ("s",)),
        ({}, (), {"s": "1"}, ("s",)),
        ({"s": None}, ("s",), {}, ("s",)),
        ({"s": "2"}, (), {"s": "2"}, ()),
        ({"new": "3", "gone": None}, (), {"s": "1", "new": "3"}, ("s",)),
        ({"s": "2", "v": "3"}, ("v",), {"s": "2", "v": "3"}, ("v",)),
    ],
)
def test_a_replacement_keeps_what_could_not_be_read_and_keeps_it_hidden(
    sent: dict[str, str | None], redact: tuple[str, ...], after: dict[str, str], hidden: tuple[str, ...]
) -> None:
    stored = a_credential(members(s="1", v="2"), redact_fields=("s",))
    wanted = {name: None if text is None else encoded(text) for name, text in sent.items()}
    new = CredentialTerms(name="n", type=DEFAULT, redact_fields=redact)
    assert replacement(stored, new, wanted) == (attrs.evolve(new, redact_fields=hidden), members(**after))


def test_a_replacement_of_a_type_keeps_what_the_type_never_returns() -> None:
    stored = a_credential(members(username="u", password="p"), type=BASIC)
    _, after = replacement(stored, stored.terms, members(username="v"))
    assert after == members(username="v", password="p")


@pytest.mark.parametrize("kind", [DEFAULT, RAW])
def test_a_change_of_type_keeps_nothing(kind: CredentialType) -> None:
    stored = a_credential(members(username="u", password="p"), type=BASIC)
    _, after = replacement(stored, CredentialTerms(name="n", type=kind), members(raw="r"))
    assert after == members(raw="r")
