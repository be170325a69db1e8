"""What a provider repeats of our secrets is struck out of its words."""

from urllib.parse import quote

from hypothesis import given
from hypothesis import strategies as st

from domain.oauth.words import without
from domain.secret import Secret

secrets = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=6, max_size=60)


@given(before=st.text(max_size=40), secret=secrets, after=st.text(max_size=40))
def test_no_secret_is_left(before: str, secret: str, after: str) -> None:
    struck = without(f"{before}{secret} {quote(secret, safe='')}{after}", [Secret(secret)])
    assert struck is not None
    assert secret not in struck


@given(secret=secrets, kept=st.integers(6, 59))
def test_nor_one_that_was_cut_off_at_the_end(secret: str, kept: int) -> None:
    assert secret[:6] not in (without(f"said {secret[:kept]}", [Secret(secret)]) or "").removeprefix("said ")


def test_words_without_secrets_stay_as_they_are() -> None:
    assert without("The code has expired.", [Secret("abcdefgh"), Secret("x")]) == "The code has expired."
    assert without(None, [Secret("abcdefgh")]) is None
