import base64
import json

import pytest

from adapters.vault.index import newer_index


def index(value: object, *, cluster: str = "one") -> str:
    return base64.b64encode(json.dumps({"cluster": cluster, "value": value}).encode()).decode()


def test_the_first_index_is_taken() -> None:
    assert newer_index(None, index("7")) == index("7")


def test_of_one_clusters_indexes_the_larger_number_is_newer() -> None:
    assert newer_index(index("9"), index("10")) == index("10")
    assert newer_index(index("10"), index("9")) == index("10")


def test_of_two_clusters_indexes_the_one_just_answered_is_taken() -> None:
    assert newer_index(index("10"), index("9", cluster="two")) == index("9", cluster="two")


@pytest.mark.parametrize("opaque", ["", "???", "v1:abc:1:2:hmac", base64.b64encode(b"[1]").decode(), "gICA"])
def test_an_index_that_cannot_be_compared_is_taken(opaque: str) -> None:
    assert newer_index(index("10"), opaque) == opaque
    assert newer_index(opaque, index("10")) == index("10")


def test_a_value_that_is_no_number_is_older_than_any() -> None:
    assert newer_index(index("1"), index(None)) == index("1")
    assert newer_index(index("1"), index("many")) == index("1")
