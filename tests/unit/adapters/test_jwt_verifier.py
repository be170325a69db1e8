"""A token is its signer's or nobody's (RFC 7515, RFC 8725; C61 and the table of CVEs)."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import OctKey, RSAKey

from adapters.identity.jwt_verifier import JoserfcVerifier
from domain.errors import InvalidRequest, Unauthorized
from domain.jwt import MOST_CHARACTERS, Algorithm, Jwk
from domain.secret import Secret
from tests.support.jwts import Signer, base64url, segment

VERIFIER = JoserfcVerifier()
CLAIMS = {"iss": "acme", "sub": "ann", "aud": "us", "exp": 2_000_000_000}
SIGNERS = {algorithm: Signer.make(algorithm) for algorithm in Algorithm}
SIGNER = SIGNERS[Algorithm.ES256]

each_algorithm = pytest.mark.parametrize("algorithm", Algorithm)


def verify(token: Secret, jwk: Jwk | None = None, algorithm: Algorithm = Algorithm.ES256) -> object:
    return VERIFIER.verify(token, SIGNER.jwk() if jwk is None else jwk, algorithm)


def nobody(token: Secret | str, jwk: Jwk | None = None, algorithm: Algorithm = Algorithm.ES256) -> None:
    with pytest.raises(Unauthorized):
        verify(token if isinstance(token, Secret) else Secret(token), jwk, algorithm)


@each_algorithm
def test_a_token_is_read_and_verified_by_its_own_key(algorithm: Algorithm) -> None:
    token = SIGNERS[algorithm].sign(CLAIMS, kid="k")
    said = VERIFIER.peek(token)
    assert (said.algorithm, said.key_id, said.issuer) == (algorithm, "k", "acme")
    assert verify(token, SIGNERS[algorithm].jwk(), algorithm) == CLAIMS


@each_algorithm
def test_a_foreign_keys_signature_is_nobodys(algorithm: Algorithm) -> None:
    nobody(SIGNERS[algorithm].sign(CLAIMS), Signer.make(algorithm).jwk(), algorithm)


@pytest.mark.parametrize("said", Algorithm)
@pytest.mark.parametrize("pinned", Algorithm)
def test_the_algorithm_is_the_keys(said: Algorithm, pinned: Algorithm) -> None:
    if said is not pinned:
        nobody(SIGNERS[said].sign(CLAIMS), SIGNERS[said].jwk(), pinned)
        nobody(SIGNERS[said].sign(CLAIMS), SIGNERS[pinned].jwk(), pinned)


def test_a_curve_of_another_size_is_another_algorithm() -> None:
    nobody(SIGNERS[Algorithm.ES256].sign(CLAIMS), SIGNERS[Algorithm.ES384].jwk())


@pytest.mark.parametrize("alg", ["none", "None", "NONE", "nOnE", "", None, 7, [], {}, "HS256", "RS1", "ES256K", "dir"])
def test_no_other_algorithm_is_taken(alg: Any) -> None:
    header, claims = segment({"alg": alg}), segment(CLAIMS)
    for token in (f"{header}.{claims}.", f"{header}.{claims}.AA", SIGNER.sign_parts(header, claims).reveal()):
        nobody(token)
        with pytest.raises(Unauthorized):
            VERIFIER.peek(Secret(token))


def test_a_public_key_is_no_shared_secret() -> None:
    """RFC 8725 §2.1: HS256 with the PEM that everybody has."""
    signer = SIGNERS[Algorithm.RS256]
    confused = Signer("HS256", OctKey.import_key(base64url(signer.pem().encode())))
    nobody(confused.sign(CLAIMS), signer.jwk(), Algorithm.RS256)


@pytest.mark.parametrize("crit", [["x"], ["exp"], [], "x", None, ["b64"]])
def test_a_critical_extension_is_one_we_do_not_know(crit: Any) -> None:
    """CVE-2025-59420, CVE-2026-32597."""
    nobody(SIGNER.sign(CLAIMS, crit=crit, x=1, b64=False))
    nobody(SIGNER.sign(CLAIMS, crit=crit))
    nobody(SIGNER.sign(CLAIMS, b64=False))


def test_a_key_that_the_token_brings_along_is_not_looked_at() -> None:
    mallory = Signer.make()
    brought = {"jwk": mallory.jwk().members, "jku": "https://mallory.example/keys", "x5u": "https://mallory.example"}
    nobody(mallory.sign(CLAIMS, **brought, x5c=["AAAA"]))
    assert verify(SIGNER.sign(CLAIMS, **brought)) == CLAIMS


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "..",
        "...",
        "." * MOST_CHARACTERS,
        "." * (MOST_CHARACTERS - 1),
        "x" * MOST_CHARACTERS,
        "a.b.c",
        "é.é.é",
        f"{segment({'alg': 'ES256'})}..",
        f"{segment([])}.{segment([])}.AA",
        f"{segment('x')}.{segment({})}.AA",
        f"{base64url(b'{')}.{segment({})}.AA",
        f"{base64url(b'[' * 10_000)}.{segment({})}.AA",
        f"{base64url(bytes([0xFF, 0xFE]))}.{segment({})}.AA",
    ],
)
def test_what_is_no_token_is_nobodys(text: str) -> None:
    nobody(text)
    with pytest.raises(Unauthorized):
        VERIFIER.peek(Secret(text))


def test_a_token_longer_than_16_kib_is_nobodys_whoever_signed_it() -> None:
    longest = SIGNER.sign(CLAIMS | {"x": "y" * 11_000})
    assert len(longest.reveal()) < MOST_CHARACTERS
    verify(longest)
    nobody(SIGNER.sign(CLAIMS | {"x": "y" * MOST_CHARACTERS}))


def test_a_member_that_is_there_twice_is_in_no_token() -> None:
    claims = segment(CLAIMS)
    nobody(SIGNER.sign_parts(base64url(b'{"alg":"ES256","alg":"ES256"}'), claims))
    nobody(SIGNER.sign_parts(segment({"alg": "ES256"}), base64url(b'{"sub":"ann","sub":"bob"}')))
    nobody(SIGNER.sign_parts(segment({"alg": "ES256"}), base64url(b'{"exp":NaN}')))


def test_one_token_is_one_string() -> None:
    """Padding, white space and bits that count for nothing would make others of it."""
    token = SIGNER.sign(CLAIMS).reveal()
    head, claims, signature = token.split(".")
    flipped = signature[:-1] + chr(ord(signature[-1]) + 1)
    for other in (token + "=", token + "\n", f"{head}.{claims}\n.{signature}", f"{head}.{claims}.{flipped}"):
        nobody(other)


@pytest.mark.parametrize("members", [{"use": "enc"}, {"alg": "ES384"}, {"kty": "RSA"}, {"crv": "P-521"}, {"x": "AA"}])
def test_a_key_for_something_else_verifies_nothing(members: dict[str, str]) -> None:
    nobody(SIGNER.sign(CLAIMS), SIGNER.jwk(**members))


@pytest.mark.parametrize("kid", [7, None, ["k"], {"k": "v"}])
def test_a_key_is_named_by_a_string(kid: Any) -> None:
    if kid is None:
        assert VERIFIER.peek(SIGNER.sign(CLAIMS, kid=None)).key_id is None
    else:
        with pytest.raises(Unauthorized):
            VERIFIER.peek(SIGNER.sign(CLAIMS, kid=kid))


parts = st.text() | st.binary(max_size=60).map(base64url)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda values: st.lists(values, max_size=3) | st.dictionaries(st.text(), values, max_size=3),
    max_leaves=8,
)
headers = st.dictionaries(st.sampled_from(["alg", "kid", "crit", "typ", "jwk"]) | st.text(), json_values, max_size=4)


@given(st.text() | st.tuples(parts, parts, parts).map(".".join))
def test_out_of_any_text_comes_nothing_but_a_refusal(text: str) -> None:
    nobody(text)


@given(headers, json_values, st.booleans())
def test_out_of_any_header_and_claims_comes_a_refusal_or_what_was_signed(
    header: dict[str, Any], claims: Any, right: bool
) -> None:
    token = SIGNER.sign_parts(segment(header | {"alg": "ES256"} if right else header), segment(claims))
    try:
        verified = verify(token)
    except Unauthorized:
        return
    assert verified == json.loads(json.dumps(claims))


@given(st.dictionaries(st.sampled_from(["kty", "crv", "x", "y", "n", "e", "alg", "use"]), json_values))
def test_out_of_any_key_comes_nothing_but_a_refusal(members: dict[str, Any]) -> None:
    nobody(SIGNER.sign(CLAIMS), Jwk({"kty": "EC", "crv": "P-256"} | members))


@each_algorithm
def test_a_public_key_is_read_from_a_pem_and_from_a_jwk(algorithm: Algorithm) -> None:
    signer = SIGNERS[algorithm]
    for written in (signer.pem(), signer.jwk().members, signer.jwk(alg=algorithm, use="sig", kid="x").members):
        jwk = VERIFIER.read_public_key(written, algorithm)
        assert {"kid", "alg", "use", "d"}.isdisjoint(jwk.members)
        assert verify(signer.sign(CLAIMS), jwk, algorithm) == CLAIMS


UNFIT: list[tuple[Any, Algorithm]] = [
    (SIGNER.pem(private=True), Algorithm.ES256),
    (SIGNER.key.as_dict(private=True), Algorithm.ES256),
    (SIGNER.pem(), Algorithm.RS256),
    (SIGNER.pem(), Algorithm.ES384),
    (SIGNER.jwk().members, Algorithm.EDDSA),
    (SIGNER.jwk(use="enc").members, Algorithm.ES256),
    (SIGNER.jwk(alg="ES384").members, Algorithm.ES256),
    ({"kty": "oct", "k": "AAAA"}, Algorithm.ES256),
    ({"kty": "oct"}, Algorithm.ES256),
    ({}, Algorithm.ES256),
    ({"kty": []}, Algorithm.ES256),
    ("", Algorithm.ES256),
    ("-----BEGIN PUBLIC KEY-----", Algorithm.ES256),
    ("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----", Algorithm.ES256),
    ("ssh-ed25519 AAAA", Algorithm.EDDSA),
    ("x" * 100_000, Algorithm.ES256),
]


@pytest.mark.parametrize(("written", "algorithm"), UNFIT)
def test_what_is_no_public_key_of_the_algorithm_is_refused(written: Any, algorithm: Algorithm) -> None:
    with pytest.raises(InvalidRequest) as refused:
        VERIFIER.read_public_key(written, algorithm)
    assert [field.field for field in refused.value.fields] == ["publicKey"]


@pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")
def test_a_short_rsa_key_is_refused() -> None:
    with pytest.raises(InvalidRequest):
        VERIFIER.read_public_key(RSAKey.generate_key(1024).as_dict(private=False), Algorithm.RS256)
