"""What JwtSigner promises."""

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, OKPKey, RSAKey

from adapters.identity.jwt_signer import JoseJwtSigner
from domain.auth_configs import JWT_ALGORITHMS
from domain.ports import JwtSigner, UnusableKey
from domain.secret import Secret

SHARED = "a-shared-secret-of-more-than-thirty-two-bytes"
RSA, EC, OKP = RSAKey.generate_key(2048), ECKey.generate_key("P-256"), OKPKey.generate_key("Ed25519")
CLAIMS = {"sub": "bob", "nested": {"a": [1, "ü"]}, "iat": 1, "exp": 2}


@pytest.fixture
def signer() -> JwtSigner:
    return JoseJwtSigner()


def key_of(algorithm: str) -> OctKey | RSAKey | ECKey | OKPKey:
    keys: dict[str, OctKey | RSAKey | ECKey | OKPKey] = {
        "HS": OctKey.import_key(SHARED),
        "RS": RSA,
        "ES": EC,
        "Ed": OKP,
    }
    return keys[algorithm[:2]]


def secret_of(algorithm: str) -> Secret:
    key = key_of(algorithm)
    return Secret(SHARED if isinstance(key, OctKey) else key.as_pem(private=True).decode())


@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")
@pytest.mark.parametrize("algorithm", JWT_ALGORITHMS)
def test_what_is_signed_can_be_judged_by_the_key(signer: JwtSigner, algorithm: str) -> None:
    token = signer.sign(CLAIMS, algorithm=algorithm, key=secret_of(algorithm))
    read = jwt.decode(token.reveal(), key_of(algorithm), algorithms=[algorithm])
    assert (read.header, read.claims) == ({"alg": algorithm, "typ": "JWT"}, CLAIMS)


@pytest.mark.parametrize(
    ("algorithm", "key"),
    [
        ("RS256", SHARED),
        ("ES256", SHARED),
        ("EdDSA", SHARED),
        ("RS256", EC.as_pem(private=True).decode()),
        ("ES256", RSA.as_pem(private=True).decode()),
        ("RS256", RSA.as_pem(private=False).decode()),
        ("EdDSA", OKP.as_pem(private=False).decode()),
        ("ES256", ECKey.generate_key("P-384").as_pem(private=True).decode()),
        ("HS256", RSA.as_pem(private=False).decode()),
        ("RS256", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"),
        ("RS256", '{"kty": "RSA"}'),
    ],
)
def test_a_key_that_cannot_sign_so_is_refused_in_words_that_quote_nothing_of_it(
    signer: JwtSigner, algorithm: str, key: str
) -> None:
    with pytest.raises(UnusableKey) as refused:
        signer.sign(CLAIMS, algorithm=algorithm, key=Secret(key))
    assert algorithm in str(refused.value)
    assert "AAAA" not in str(refused.value)
    assert refused.value.__cause__ is None


def test_a_short_shared_secret_is_the_providers_to_choose(signer: JwtSigner) -> None:
    assert signer.sign(CLAIMS, algorithm="HS256", key=Secret("short")).reveal().count(".") == 2
