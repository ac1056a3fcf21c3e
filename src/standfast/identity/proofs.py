"""Whether what a passkey answered proves that its owner wants exactly this, now."""

import hashlib

from starlette.requests import Request

from standfast.identity.model import Refusal
from standfast.identity.passkeys import LARGEST_ANSWER, check, take
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
