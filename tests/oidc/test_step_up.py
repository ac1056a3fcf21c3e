"""A fresh proof by the service, for exactly one content: the protocol's side of step-up."""

import hashlib
from typing import Any

import pytest

from standfast.identity.oidc_tokens import Untrusted, Why
from standfast.identity.oidc_words import Flow
from standfast.identity.outside import service
from tests.oidc.forger import Forger, a_forger
from tests.oidc.service import parts
from tests.oidc.test_forged import NOW, a_site, id_claims
from tests.oidc.test_sign_in import UID
from tests.support.database import Database
from tests.support.site import Site

pytestmark = pytest.mark.anyio

CONTENT = hashlib.sha256(b"prescribe 5 mg").hexdigest()
ANOTHER = hashlib.sha256(b"prescribe 50 mg").hexdigest()
FLOW = Flow(secret="s" * 64, content_hash=CONTENT)


async def proven(site: Site, forger: Forger, flow: Flow, **changed: Any) -> str:
    """Come back with a token for FLOW, looked at as an answer to *flow*; return whose it is."""
    party = service(site.platform)
    assert party is not None
    await party.way_there(FLOW)
    forger.id_token = forger.signed({**id_claims(forger, FLOW.nonce), **changed})
    sent = {"state": flow.state, "code": "c", "iss": forger.issuer}
    return (await party.come_back(flow, sent)).subject


async def test_a_fresh_proof_is_asked_for_anew_and_at_the_higher_level(
    database: Database,
) -> None:
    with a_forger() as forger:
        async with a_site(database, forger) as site:
            party = service(site.platform)
            assert party is not None
            asked = parts(await party.way_there(FLOW))

            assert asked["prompt"] == "login"
            assert asked["max_age"] == "0"
            assert asked["acr_values"] == "AAL3_ANY"


async def test_a_fresh_proof_is_bound_to_its_content_and_no_older_than_a_minute(
    database: Database,
) -> None:
    with a_forger() as forger:
        async with a_site(database, forger) as site:
            assert await proven(site, forger, FLOW) == UID
            altered = Flow(secret=FLOW.secret, content_hash=ANOTHER)
            for flow, changed, why in (
                (altered, {}, Why.NONCE),
                (FLOW, {"auth_time": NOW - 91}, Why.STALE),
                (FLOW, {"acr": "AAL2_ANY"}, Why.ASSURANCE),
            ):
                with pytest.raises(Untrusted) as untrusted:
                    await proven(site, forger, flow, **changed)
                assert untrusted.value.why is why
