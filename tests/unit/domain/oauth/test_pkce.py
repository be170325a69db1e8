import re

from hypothesis import given
from hypothesis import strategies as st

from domain.oauth.pkce import code_challenge
from domain.secret import Secret

UNRESERVED = st.from_regex(r"[A-Za-z0-9._~-]{43,128}", fullmatch=True)


def test_rfc7636_appendix_b_the_challenge_of_the_rfcs_own_verifier() -> None:
    verifier = Secret("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
    assert code_challenge(verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


@given(verifier=UNRESERVED)
def test_rfc7636_4_2_a_challenge_is_base64url_without_padding(verifier: str) -> None:
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", code_challenge(Secret(verifier)))
