from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.ids import ApiKeyId, AppId, AttemptId, CallbackId, ConnectionId, CredentialId, FlowId, OrganisationId, Ulid
from tests.unit.domain.examples import NOW, ULID

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
ULIDS = [AppId, ApiKeyId, CallbackId, ConnectionId, CredentialId, FlowId, AttemptId]

moments = st.datetimes(datetime(2000, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds are naive
randomness = st.binary(min_size=10, max_size=10)


def number_of(ulid: str) -> int:
    number = 0
    for character in ulid:
        number = number * 32 + CROCKFORD.index(character)
    return number


@pytest.mark.parametrize("name", ["acme", "A", "0", "acme.eu-west_1", "a..b", "a" * 64, "-".join("ab")])
def test_an_organisation_is_named_by_letters_digits_dots_dashes_and_underscores(name: str) -> None:
    assert OrganisationId(name) == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        "_probe",  # ours in Vault
        "_x",
        ".",
        "..",
        ".hidden",
        "-x",
        "a/b",
        "a/../b",
        "/a",
        "a\\b",
        "a%2fb",
        "a b",
        "a\n",
        "a\r\n",
        "\na",
        "a\x00",
        "\u0663",  # a digit, but not ASCII's
        "a\u0663",
        "\uff41",
        "\u00e9",
        "a\u212a",  # the Kelvin sign, which lower() makes a k
        "a" * 65,
    ],
)
def test_an_organisation_id_that_could_lead_elsewhere_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="OrganisationId"):
        OrganisationId(name)


@given(name=st.text())
def test_every_organisation_id_is_one_segment_of_a_path(name: str) -> None:
    try:
        organisation_id = OrganisationId(name)
    except ValueError:
        return
    assert organisation_id.isascii()
    assert organisation_id[0].isalnum()
    assert not set(organisation_id) & set("/\\%?# \n")
    assert organisation_id not in {".", ".."}


@pytest.mark.parametrize("kind", ULIDS)
def test_each_identifier_is_a_ulid_of_its_own_type(kind: type[Ulid]) -> None:
    assert kind(ULID) == ULID
    assert type(kind(ULID)) is kind
    assert not any(issubclass(kind, other) for other in ULIDS if other is not kind)


@pytest.mark.parametrize(
    "text",
    [
        "",
        ULID[:-1],
        ULID + "0",
        ULID + "\n",
        ULID.lower(),
        "8" + ULID[1:],  # more than 128 bits
        "I" + ULID[1:],
        ULID[:-1] + "U",  # not in Crockford's alphabet
        ULID[:-1] + "\u0663",
        ULID[:-1] + "/",
        "../" + ULID[3:],
    ],
)
def test_what_is_no_canonical_ulid_is_refused_and_not_quoted(text: str) -> None:
    with pytest.raises(ValueError, match="well-formed FlowId") as refused:
        FlowId(text)
    assert not text or text not in str(refused.value)


@given(now=moments, random=randomness)
def test_a_ulid_holds_its_moment_and_its_randomness(now: datetime, random: bytes) -> None:
    number = number_of(FlowId.of(now, randomness=random))
    milliseconds = (now - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
    assert number >> 80 == milliseconds
    assert (number & ((1 << 80) - 1)).to_bytes(10) == random


@given(now=moments, random=randomness)
def test_a_minted_ulid_reads_back_as_itself(now: datetime, random: bytes) -> None:
    minted = CredentialId.of(now, randomness=random)
    assert type(minted) is CredentialId
    assert CredentialId(str(minted)) == minted


@given(times=st.lists(moments, min_size=2, max_size=8), random=randomness)
def test_ulids_are_ordered_by_their_time(times: list[datetime], random: bytes) -> None:
    minted = [FlowId.of(now, randomness=random) for now in sorted(times)]
    assert all(earlier <= later for earlier, later in pairwise(minted))


def test_a_millisecond_later_sorts_after_whatever_the_randomness() -> None:
    earlier = FlowId.of(NOW, randomness=b"\xff" * 10)
    assert earlier < FlowId.of(NOW + timedelta(milliseconds=1), randomness=b"\x00" * 10)


@pytest.mark.parametrize("size", [0, 9, 11, 16])
def test_a_ulid_takes_ten_random_bytes_and_no_other_number(size: int) -> None:
    with pytest.raises(ValueError, match="10 random bytes"):
        FlowId.of(NOW, randomness=b"\x00" * size)
