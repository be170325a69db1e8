import pytest

from adapters.oauth_http.freshness import max_age


@pytest.mark.parametrize(
    ("cache_control", "seconds"),
    [
        ("", None),
        ("public, must-revalidate", None),
        ("s-maxage=60", None),
        ("max-age=3600", 3600),
        ("Public, MAX-AGE = 60", 60),
        ('max-age="60"', 60),
        ("max-age=0", 0),
        ("no-store", 0),
        ("max-age=60, no-cache", 0),
        ("max-age=60, no-store", 0),
        ('private="max-age=5", max-age=60', 60),
        ("max-age=60, max-age=30", 30),
        ("max-age", 0),
        ("max-age=", 0),
        ("max-age=-1", 0),
        ("max-age=1.5", 0),
        ("max-age=\u0663\u0663", 0),
        ("max-age=99999999999999999999", 0),
    ],
)
def test_an_answer_is_kept_for_as_long_as_it_clearly_says(cache_control: str, seconds: int | None) -> None:
    assert max_age(cache_control) == seconds
