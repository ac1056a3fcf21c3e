"""Clients on screen: what the IT officer enters, and what comes of it."""

from datetime import timedelta
from html import unescape
from typing import Any, Final

import jwt
import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID

from standfast.clients.tables import client
from standfast.facts.clients import Algorithm
from tests.clients.examples import (
    CLIENT_ID,
    SAM,
    SENDER_ODS,
    ask,
    assertion,
    jwks,
    private_key,
    read,
    register,
    token_for,
)
from tests.support.database import Database
from tests.support.site import NOON, PROVIDER, Site, open_site, somebody

pytestmark = pytest.mark.anyio

RUTH: Final = somebody(
    "ruth.calder", "Ruth Calder", "supervisor", PROVIDER, "clients.read", "clients.switch"
)
KNOWN: Final = f"/clients/known/{CLIENT_ID}"


def form(**changed: Any) -> dict[str, str]:
    """Return the form for a new client as it is usually filled in."""
    return {
        "client_id": CLIENT_ID,
        "name": "Harrowmere 999 dispatch",
        "speaks_for": f"{SENDER_ODS}, rx9",
        "scope_send": "yes",
        "per_minute": "120",
        "in_flight": "4",
        "kilobytes_per_minute": "8192",
        "certificate_name": "",
        "algorithm": "ES384",
        "public_keys": jwks(Algorithm.ES384, "first"),
    } | changed


def certificate(key: Any, *, days: int = 365, before: int = 1) -> str:
    """Return a certificate of *key*, signed by itself."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "bars-zz999.example")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(NOON - timedelta(days=before))
        .not_valid_after(NOON + timedelta(days=days))
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(Encoding.PEM).decode()


async def test_with_no_client_the_page_says_how_to_begin(database: Database) -> None:
    async with open_site(database, actor=SAM) as site:
        page = await site.get("/clients/")

        assert page.status_code == 200
        assert "No other system may call yet" in page.text


async def test_a_client_that_was_entered_gets_a_token(database: Database) -> None:
    async with open_site(database, actor=SAM) as site:
        answer = await site.post("/clients/new", form())

        assert answer.status_code == 303, answer.text
        page = await site.get(answer.headers["location"])
        assert 'rows="6" aria-describedby="public_keys-hint"></textarea>' in page.text
        for text in ("Harrowmere 999 dispatch", "ZZ999, RX9", "120", "first", "In use"):
            assert text in page.text
        assert (await ask(site, assertion(NOON))).status_code == 200


async def test_a_pasted_certificate_is_a_key_that_ends_with_it(database: Database) -> None:
    key = private_key(Algorithm.RS512)
    async with open_site(database, actor=SAM) as site:
        sent = form(algorithm="RS512", public_keys=certificate(key, days=20))
        assert (await site.post("/clients/new", sent)).status_code == 303

        found = await client(site.all_orgs, PROVIDER, CLIENT_ID)
        assert found is not None
        kid = found.keys[0].key.kid
        signed = assertion(NOON, algorithm=Algorithm.RS512, kid=kid)
        assert (await ask(site, signed)).status_code == 200
        assert "Key ends 12-Dec-2026" in (await site.get("/clients/")).text
        now = site.clock.move(days=20)
        late = assertion(now, algorithm=Algorithm.RS512, kid=kid)
        assert (await ask(site, late)).status_code == 401


def changed_key(**members: object) -> str:
    """Return the JWKS with *members* of its key changed."""
    return jwks(Algorithm.ES384, "first", **members)


def pem_of(key: ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def small_key() -> str:
    """Return a JWK of a key that anybody with a cluster can break."""
    public = rsa.generate_private_key(65537, 1024).public_key()  # noqa: S505 - that is the point
    return msgspec.json.encode({**jwt_of(public), "kid": "small"}).decode()


def jwt_of(public: rsa.RSAPublicKey) -> dict[str, Any]:
    jwk: dict[str, Any] = jwt.get_algorithm_by_name("RS512").to_jwk(public, as_dict=True)
    return {name: jwk[name] for name in ("kty", "n", "e")}


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("client_id", "No Spaces", "small letters"),
        ("client_id", "", "small letters"),
        ("client_id", "../../etc", "small letters"),
        ("name", "", "what the other system is called"),
        ("speaks_for", "", "ODS codes"),
        ("speaks_for", "<script>", "ODS codes"),
        ("scope_send", "", "at least one"),
        ("per_minute", "0", "calls a minute"),
        ("per_minute", "many", "calls a minute"),
        ("in_flight", "-1", "calls at once"),
        ("kilobytes_per_minute", "99999999999", "kilobytes a minute"),
        ("certificate_name", "a name\twith blanks", "name as it stands"),
        ("algorithm", "HS256", "Select how the client signs"),
        ("algorithm", "none", "Select how the client signs"),
        ("public_keys", "", "Enter a JWKS"),
        ("public_keys", "hello", "neither JSON nor a certificate"),
        ("public_keys", "{}", 'an object with "keys"'),
        ("public_keys", '{"keys": []}', 'an object with "keys"'),
        ("public_keys", '{"keys": [1]}', "must be an object"),
        ("public_keys", '{"keys": [{}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}]}', "at most 10"),
        ("public_keys", '{"kty": "EC", "kty": "RSA"}', "same name twice"),
        ("public_keys", changed_key(kid=""), 'needs a "kid"'),
        ("public_keys", changed_key(use="enc"), 'must be "sig"'),
        ("public_keys", changed_key(alg="ES256"), "is not ES384"),
        ("public_keys", changed_key(d="AAAA"), "private key"),
        ("public_keys", changed_key(x="AAAA"), "no public key"),
        ("public_keys", changed_key(crv="P-256"), "on the curve P-384"),
        ("public_keys", '{"kty": "oct", "kid": "a", "k": "AAAA"}', "private key"),
        ("public_keys", '{"kty": "RSA", "kid": "a"}', "key of type EC"),
        ("public_keys", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", "is none"),
        ("public_keys", certificate(ec.generate_private_key(ec.SECP384R1()), days=-1, before=9),
         "not valid today"),
        ("public_keys", certificate(ec.generate_private_key(ec.SECP256R1())), "on the curve P-384"),
        ("public_keys", pem_of(ec.generate_private_key(ec.SECP384R1())), "private key"),
        ("public_keys", "x" * 70_000, "longer than any"),
    ],
)  # fmt: skip
async def test_what_is_wrong_is_named_at_its_field_and_nothing_is_kept(
    database: Database, field: str, value: str, says: str
) -> None:
    async with open_site(database, actor=SAM) as site:
        answer = await site.post("/clients/new", form(**{field: value}))

        assert answer.status_code == 422
        assert says in unescape(answer.text)
        assert "Harrowmere 999 dispatch" in answer.text or field == "name"
        assert await journal_of(site) == 0


async def test_every_mistake_is_named_at_once(database: Database) -> None:
    pasted = msgspec.json.decode(jwks(Algorithm.ES384, "a", "b"))
    pasted["keys"][0]["use"] = "enc"
    pasted["keys"][1]["kid"] = 7
    sent = form(name="", speaks_for="", public_keys=msgspec.json.encode(pasted).decode())
    async with open_site(database, actor=SAM) as site:
        answer = await site.post("/clients/new", sent)

        for says in ("is called", "ODS codes", "Key 1: its", "Key 2: it needs"):
            assert says in unescape(answer.text)


async def test_a_small_rsa_key_is_refused(database: Database) -> None:
    async with open_site(database, actor=SAM) as site:
        answer = await site.post(
            "/clients/new", form(algorithm="RS512", public_keys=small_key())
        )

        assert "has 2048 to 8192 bits; this has 1024" in answer.text


async def test_a_private_key_is_not_shown_again(database: Database) -> None:
    key = pem_of(ec.generate_private_key(ec.SECP384R1()))
    async with open_site(database, actor=SAM) as site:
        answer = await site.post("/clients/new", form(public_keys=key))

        assert "PRIVATE KEY-----" not in answer.text
        assert key.splitlines()[1] not in answer.text


async def test_an_id_is_one_clients_for_ever_and_in_every_organisation(
    database: Database,
) -> None:
    elsewhere = somebody("x", "X", "it_officer", "elsewhere", "clients.manage", "clients.read")
    async with open_site(database, actor=SAM) as site:
        await site.post("/clients/new", form())

        again = await site.post("/clients/new", form())
        theirs = await site.as_(elsewhere).post("/clients/new", form())

        assert "Another client has this id" in again.text
        assert "Another client has this id" in theirs.text
        assert (await site.get(KNOWN)).status_code == 404


async def test_a_key_is_rotated_with_an_overlap(database: Database) -> None:
    async with open_site(database, actor=SAM) as site:
        await register(site)
        alone = await site.post(f"{KNOWN}/retire", {"kid": "first", "overlap": "now"})
        assert "Add its new key first" in alone.text
        new = jwks(Algorithm.ES384, "first", "second")
        only_second = msgspec.json.encode({"keys": msgspec.json.decode(new)["keys"][1:]})
        assert (
            await site.post(f"{KNOWN}/keys", {"public_keys": only_second.decode()})
        ).status_code == 303
        twice = await site.post(f"{KNOWN}/keys", {"public_keys": only_second.decode()})
        assert "Ask them for a new key" in twice.text

        retired = await site.post(f"{KNOWN}/retire", {"kid": "first", "overlap": "week"})

        assert retired.status_code == 303
        assert "Until 29-Nov-2026" in (await site.get(KNOWN)).text
        assert (await ask(site, assertion(NOON))).status_code == 200


async def test_a_client_is_suspended_at_once_let_back_and_ended(database: Database) -> None:
    async with open_site(database, actor=SAM) as site:
        await register(site)
        token = await token_for(site)
        unsaid = await site.post(f"{KNOWN}/suspend", {"reason": " "})
        assert unsaid.status_code == 422

        await site.post(f"{KNOWN}/suspend", {"reason": "Its laptop was stolen"})
        assert (await read(site, token)).status_code == 401
        assert "Its laptop was stolen" in (await site.get(KNOWN)).text

        site.clock.move(seconds=1)
        await site.post(f"{KNOWN}/resume")
        assert (await ask(site, assertion(NOON))).status_code == 200

        half = await site.post(f"{KNOWN}/end", {"end_reason": "Contract over"})
        assert "Tick that it will never call again" in half.text
        done = await site.post(
            f"{KNOWN}/end", {"end_reason": "Contract over", "for_good": "yes"}
        )
        assert done.status_code == 303
        assert (await site.post(f"{KNOWN}/resume")).status_code == 422


async def test_a_supervisor_turns_the_api_off_and_reads_why(database: Database) -> None:
    async with open_site(database, actor=RUTH) as site:
        assert (await site.post("/clients/off", {"reason": ""})).status_code == 422

        await site.post("/clients/off", {"reason": "A flood of referrals"})

        page = await site.get("/clients/")
        assert "The API is off" in page.text
        assert "A flood of referrals" in page.text
        assert "Register a client" not in page.text, "that is the IT officer's"
        assert (await site.post("/clients/new", form())).status_code == 403
        await site.post("/clients/on")
        assert "The API is on" in (await site.get("/clients/")).text


async def test_what_a_client_may_do_is_changed_and_its_other_fields_are_kept(
    database: Database,
) -> None:
    async with open_site(database, actor=SAM) as site:
        await register(site)
        wrong = await site.post(f"{KNOWN}/change", form(per_minute="lots"))
        assert "calls a minute" in wrong.text

        changed = await site.post(f"{KNOWN}/change", form(per_minute="240", scope_send=""))
        assert changed.status_code == 422
        await site.post(f"{KNOWN}/change", form(per_minute="240"))

        found = await client(site.all_orgs, PROVIDER, CLIENT_ID)
        assert found is not None
        assert (found.per_minute, found.speaks_for) == (240, ("ZZ999", "RX9"))


async def journal_of(site: Site) -> int:
    count: int = await site.all_orgs.fetch_value(
        "SELECT count(*) FROM journal WHERE stream LIKE 'clients.client/%'"
    )
    return count
