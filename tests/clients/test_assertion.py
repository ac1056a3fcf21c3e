"""What an assertion must be: each way to be wrong, one after the other."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

import jwt
import msgspec
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from standfast.clients.assertion import BadAssertion, Proven, prove, read_claimed
from standfast.facts.clients import Algorithm
from tests.clients.examples import AUDIENCE, CLIENT_ID, assertion, keys_of, private_key
from tests.support.site import NOON

AT: Final = int(NOON.timestamp())


def proven(signed: str, algorithm: Algorithm = Algorithm.ES384) -> Proven:
    """Return what *signed* proves of the client with one key of *algorithm*."""
    keys = keys_of(algorithm, "first")
    claimed = read_claimed(signed)
    return prove(claimed, algorithm=algorithm, keys=keys, audience=AUDIENCE, now=NOON)


def forged(header: Mapping[str, Any], claims: Mapping[str, Any], signature: bytes = b"") -> str:
    """Return a token put together by hand."""
    parts = (msgspec.json.encode(header), msgspec.json.encode(claims), signature)
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


def claims_of(**changed: Any) -> dict[str, Any]:
    return {
        "iss": CLIENT_ID,
        "sub": CLIENT_ID,
        "aud": AUDIENCE,
        "exp": AT + 60,
        "jti": "a",
    } | changed


@pytest.mark.parametrize("algorithm", list(Algorithm))
def test_what_another_library_signs_is_proven(algorithm: Algorithm) -> None:
    found = proven(assertion(NOON, algorithm=algorithm, jti="one"), algorithm)

    assert found == Proven(client_id=CLIENT_ID, kid="first", jti="one")


def test_an_assertion_of_no_algorithm_proves_nothing() -> None:
    for name in ("none", "None", "NONE", "nOnE"):
        with pytest.raises(BadAssertion):
            proven(forged({"alg": name, "kid": "first"}, claims_of()))


@pytest.mark.parametrize("algorithm", [Algorithm.RS512, Algorithm.ES384])
def test_a_public_key_is_no_shared_secret(algorithm: Algorithm) -> None:
    """The old attack: sign with HS256, with the public key as the secret."""
    public = private_key(algorithm).public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    for name, digest in (("HS256", hashlib.sha256), ("HS512", hashlib.sha512)):
        unsigned = forged({"alg": name, "kid": "first"}, claims_of()).rstrip(".")
        mac = hmac.new(pem, unsigned.encode(), digest).digest()
        signature = base64.urlsafe_b64encode(mac).rstrip(b"=").decode()

        with pytest.raises(BadAssertion):
            proven(f"{unsigned}.{signature}", algorithm)


@pytest.mark.parametrize(
    "header",
    [
        {"jwk": {"kty": "EC"}},
        {"jku": "https://evil.example/keys"},
        {"x5u": "https://evil.example/cert"},
        {"x5c": ["AAAA"]},
        {"x5t": "AAAA"},
        {"crit": ["exp"]},
        {"b64": False},
        {"enc": "A256GCM"},
        {"cty": "JWT"},
    ],
    ids=lambda header: next(iter(header)),
)
def test_a_header_that_brings_its_own_keys_or_rules_is_refused(header: dict[str, Any]) -> None:
    """Signed with a right key even so: nothing is fetched and nothing is believed."""
    signed = forged({"alg": "ES384", "kid": "first", **header}, claims_of(), b"x" * 96)

    with pytest.raises(BadAssertion, match="alg, kid and typ alone"):
        proven(signed)


def test_another_key_under_the_right_id_proves_nothing() -> None:
    other = private_key(Algorithm.ES384, 2)

    with pytest.raises(BadAssertion, match="No client here"):
        proven(assertion(NOON, key=other))


def test_a_key_that_is_not_registered_proves_nothing() -> None:
    for kid in ("second", "../first", "first ", "FIRST"):
        with pytest.raises(BadAssertion, match="No client here"):
            proven(assertion(NOON, kid=kid))


def test_an_algorithm_that_is_not_the_clients_proves_nothing() -> None:
    """RS384 and RS512 take the same key: the client is held to the one it registered."""
    key = private_key(Algorithm.RS512)

    with pytest.raises(BadAssertion, match="No client here"):
        proven(assertion(NOON, algorithm=Algorithm.RS384, key=key), algorithm=Algorithm.RS512)


def test_one_bit_of_the_signature_or_of_what_is_signed_makes_it_worthless() -> None:
    head, body, signature = assertion(NOON).split(".")
    for changed in (
        f"{head}.{body}.{_flipped(signature)}",
        f"{head}.{jwt.encode(claims_of(jti='b'), 'x' * 64).split('.')[1]}.{signature}",
    ):
        with pytest.raises(BadAssertion):
            proven(changed)


def _flipped(signature: str) -> str:
    middle = len(signature) // 2
    return f"{signature[:middle]}{'A' if signature[middle] != 'A' else 'B'}{signature[middle + 1 :]}"


@pytest.mark.parametrize(
    ("claims", "says"),
    [
        ({"aud": "https://elsewhere.example/oauth/token"}, "aud must be"),
        ({"aud": [AUDIENCE, "https://elsewhere.example/oauth/token"]}, "aud must be"),
        ({"aud": None}, "aud must be"),
        ({"aud": AUDIENCE + "/"}, "aud must be"),
        ({"exp": None}, "exp is missing"),
        ({"exp": AT - 31}, "has expired"),
        ({"exp": AT + 301}, "five minutes"),
        ({"iat": AT - 200, "exp": AT + 101}, "five minutes"),
        ({"iat": None, "exp": AT + 301}, "five minutes"),
        ({"iat": AT + 31, "exp": AT + 200}, "iat is in the future"),
        ({"nbf": AT + 31}, "nbf is in the future"),
        ({"exp": "soon"}, "exp must be a number"),
        ({"exp": True}, "exp must be a number"),
        ({"iat": "now"}, "iat must be a number"),
        ({"jti": None}, "jti must be"),
        ({"jti": ""}, "jti must be"),
        ({"jti": 7}, "jti must be"),
        ({"jti": "x" * 201}, "jti must be"),
        ({"sub": "somebody-else"}, "iss and sub"),
        ({"iss": None}, "iss and sub"),
    ],
)
def test_what_is_signed_must_be_right_too(claims: dict[str, Any], says: str) -> None:
    signed = forged_signature(claims)

    with pytest.raises(BadAssertion, match=says):
        proven(signed)


def forged_signature(claims: dict[str, Any]) -> str:
    """Return an assertion with *claims* and a good signature; PyJWT checks some itself."""
    said = claims_of(iat=AT) | claims
    kept = {name: value for name, value in said.items() if value is not None}
    return jwt.api_jws.encode(
        msgspec.json.encode(kept),
        private_key(Algorithm.ES384),
        algorithm="ES384",
        headers={"kid": "first"},
    )


def test_clocks_may_differ_by_half_a_minute() -> None:
    early, late = NOON - timedelta(seconds=29), NOON + timedelta(seconds=29)
    fast = proven(assertion(late, exp=int(late.timestamp()) + 300))
    slow = proven(assertion(early - timedelta(minutes=4), exp=int(early.timestamp())))

    assert fast.client_id == slow.client_id == CLIENT_ID


def test_one_audience_in_a_list_is_that_audience() -> None:
    assert proven(assertion(NOON, aud=[AUDIENCE])).client_id == CLIENT_ID


def test_a_name_twice_in_the_claims_is_refused() -> None:
    """Two readers may take different ones: the one that is checked, and the one that counts."""
    body = b'{"iss":"a","iss":"b","sub":"b"}'
    part = base64.urlsafe_b64encode(body).rstrip(b"=").decode()
    head = assertion(NOON).split(".")[0]

    with pytest.raises(BadAssertion, match="not JSON"):
        read_claimed(f"{head}.{part}.AAAA")


@given(st.text() | st.from_regex(r"[\w-]{0,40}\.[\w-]{0,40}\.[\w-]{0,40}", fullmatch=True))
def test_any_text_at_all_is_refused_and_never_breaks(text: str) -> None:
    with pytest.raises(BadAssertion):
        proven(text)


@given(st.dictionaries(st.sampled_from(["alg", "kid", "typ"]), st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=5) | st.just("ES384"),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner),
)))  # fmt: skip
def test_any_header_at_all_is_refused_and_never_breaks(header: dict[str, Any]) -> None:
    with pytest.raises(BadAssertion):
        proven(forged(header, claims_of(), b"x" * 96))
