import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.oauth import words

anything = st.text(st.characters())  # surrogates, too


@given(text=anything)
def test_rfc6749_5_2_an_error_code_is_printable_ascii_of_bounded_length(text: str) -> None:
    code = words.error_code(text)
    assert code.isascii()
    assert code.isprintable()
    assert 0 < len(code) <= 100


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("invalid_grant", "invalid_grant"),
        ("not so_good", "not so_good"),
        ("", "?"),
        ("a\r\nSet-Cookie: x", "a??Set-Cookie: x"),
        ("\u00e9t\u00e9", "?t?"),
        ("x" * 101, "x" * 100),
    ],
)
def test_what_is_not_an_error_codes_becomes_a_question_mark(text: str, code: str) -> None:
    assert words.error_code(text) == code


@given(text=anything)
def test_a_description_has_no_control_characters_and_at_most_500(text: str) -> None:
    description = words.description(text)
    if description is not None:
        assert 0 < len(description) <= 500
        assert not any(unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for c in description)
        assert description == description.strip()


@pytest.mark.parametrize(
    ("text", "description"),
    [
        ("The user said no.", "The user said no."),
        ("d\u00e9j\u00e0 vu", "d\u00e9j\u00e0 vu"),
        ("one\r\ntwo\x00three\x1b[31m", "one  two three [31m"),
        ("abc\u202egnp.exe", "abc gnp.exe"),  # turns the rest around where it is shown
        ("\u2028", None),
        ("   ", None),
        ("", None),
        ("x" * 10_240, "x" * 500),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),  # whoever shows it escapes it
    ],
)
def test_a_description_is_cut_and_cleaned(text: str, description: str | None) -> None:
    assert words.description(text) == description


@pytest.mark.parametrize("value", [None, 1, True, 1.5, [], ["text"], {"text": "x"}])
def test_what_is_no_text_describes_nothing(value: object) -> None:
    assert words.description(value) is None
