"""Whether what a passkey answered proves that its owner wants exactly this, now."""

import hashlib

from starlette.requests import Request

from standfast.identity.model import Refusal
from standfast.identity.model_service_proof import SERVICE_PROOF, NoteUsed
from standfast.identity.model_service_proof import Refusal as ServiceRefusal
from standfast.identity.pages_service_proof import NEVER
from standfast.identity.passkeys import LARGEST_ANSWER, check, take
from standfast.kernel.ids import child_id
from standfast.kernel.messages import Refused
from standfast.web import challenges, step_up
from standfast.web.hostile import Hostile, read_json
from standfast.web.pages import actor, platform
from standfast.web.platform import Proof


async def prove(request: Request, act: str, content: bytes, nonce: str, answer: str) -> Proof:
    """Return the proof that whoever is signed in confirmed *act* with *content* just now.

    Raises ``Refused``: the question was not this site's, or not for this person, session and
    act; it is older than a minute; it was answered before; the content is not what was signed.
    """
    here, who = platform(request), actor(request)
    if answer == step_up.BY_SERVICE:
        return await _by_service(request, act, content, nonce)
    made = challenges.issued_at(
        here, nonce, purpose=step_up.PURPOSE, bound=step_up.bound(request, act)
    )
    if made is None:
        raise Refused(Refusal.PROOF_WRONG)
    if not challenges.is_fresh(made, here.clock(), step_up.LIFE):
        raise Refused(Refusal.PROOF_OLD)
    try:
        said = read_json(answer.encode(), limit=LARGEST_ANSWER)
    except (Hostile, UnicodeEncodeError) as error:
        raise Refused(Refusal.PROOF_WRONG) from error
    if not isinstance(said, dict):
        raise Refused(Refusal.PROOF_WRONG)
    checked = await check(here, said, challenges.challenge(nonce, content))
    if (checked.key.org, checked.key.staff_id) != (who.org, who.staff_id):
        raise Refused(Refusal.PROOF_WRONG)
    content_hash = hashlib.sha256(content).hexdigest()
    proof_id = await take(
        here, checked, nonce=nonce, act=act, content_hash=content_hash, actor=who
    )
    return Proof(
        proof_id=proof_id,
        staff_id=who.staff_id,
        act=act,
        content_hash=content_hash,
        proven_at=here.clock(),
    )


async def _by_service(request: Request, act: str, content: bytes, nonce: str) -> Proof:
    """Return the proof that the sign-in service gave for this question, once. Raises ``Refused``.

    The question may be as old as a visit there takes; the proof is a minute old at the most.
    """
    here, who = platform(request), actor(request)
    made = challenges.issued_at(
        here, nonce, purpose=step_up.PURPOSE, bound=step_up.bound(request, act)
    )
    if made is None or act.startswith(NEVER):
        raise Refused(Refusal.PROOF_WRONG)
    proof_id = challenges.name_of(nonce)
    key = child_id(proof_id, "service")
    given = (await here.state(SERVICE_PROOF, key)).given
    if given is None:
        raise Refused(ServiceRefusal.NOT_GIVEN)
    challenge = challenges.challenge(nonce, content).hex()
    if (given.org, given.staff_id, given.session_id, given.act, given.challenge) != (
        who.org,
        who.staff_id,
        who.session_id,
        act,
        challenge,
    ):
        raise Refused(Refusal.PROOF_WRONG)
    now = here.clock()
    if not challenges.is_fresh(given.given_at, now, step_up.LIFE):
        raise Refused(Refusal.PROOF_OLD)
    await here.execute(SERVICE_PROOF, key, NoteUsed(), actor=who)
    return Proof(
        proof_id=proof_id,
        staff_id=who.staff_id,
        act=act,
        content_hash=hashlib.sha256(content).hexdigest(),
        proven_at=given.given_at,
    )
