"""Passkeys over the wire: what a browser is asked for, and what its answer is worth.

py_webauthn reads and verifies: challenge, origin, RP id, user presence and verification, the
signature. Whose key it is, the counter's rule and that each challenge is answered once are our
own, in ``model_passkeys``.
"""

import hashlib
from collections.abc import Sequence
from typing import Any, Final

from msgspec import Struct
from webauthn import (
    generate_registration_options,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.options_to_json_dict import options_to_json_dict
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    CredentialDeviceType,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from standfast.facts.passkeys import NewPasskey
from standfast.identity.model import Refusal
from standfast.identity.model_answer import ANSWER, TakeAnswer
from standfast.identity.model_passkeys import PASSKEYS
from standfast.identity.tables import Persona, persona
from standfast.identity.tables_passkeys import Passkey, passkey
from standfast.kernel.messages import Refused
from standfast.web import challenges
from standfast.web.hostile import Hostile, read_json
from standfast.web.platform import Actor, Platform

LARGEST_ANSWER: Final = 16 * 1024
"""Bytes of a browser's answer; attestation certificates make the largest."""

_UNREADABLE: Final = (
    WebAuthnException,
    Hostile,
    ValueError,
    TypeError,
    KeyError,
    AttributeError,
)
"""What py_webauthn raises for an answer that is wrong, or no answer at all."""


class Checked(Struct, frozen=True):
    """A good signature by one of our keys; nothing is said yet of its counter."""

    key: Passkey
    who: Persona
    sign_count: int


async def check(here: Platform, answer: dict[str, Any], challenge: bytes) -> Checked:
    """Return whose key answered *challenge*. Raises ``Refused`` unless all of it is right."""
    credential_id = answer.get("id")
    key = (
        await passkey(here.all_orgs, credential_id) if isinstance(credential_id, str) else None
    )
    who = await persona(here.public, key.staff_id) if key else None
    if key is None or who is None:
        raise Refused(Refusal.NO_SUCH_KEY)
    if key.locked_at is not None:
        raise Refused(Refusal.KEY_LOCKED)
    try:
        _same_origin(answer)
        verified = verify_authentication_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=here.settings.rp_id,
            expected_origin=here.settings.origin,
            credential_public_key=base64url_to_bytes(key.public_key),
            credential_current_sign_count=0,  # our own rule locks the key, and says so
            require_user_verification=True,
        )
        handle = answer["response"].get("userHandle")
        if handle and base64url_to_bytes(handle) != handle_of(key.org, key.staff_id):
            raise Refused(Refusal.PROOF_WRONG)
    except _UNREADABLE as error:
        raise Refused(Refusal.PROOF_WRONG) from error
    return Checked(key, who, verified.new_sign_count)


async def take(
    here: Platform, checked: Checked, *, nonce: str, act: str, content_hash: str, actor: Actor
) -> str:
    """Take the answer in, once; return its id. Raises ``Refused`` for a key that exists twice.

    The key is locked in the commit that notes the answer: nothing rests on such an answer.
    """
    answer_id = challenges.name_of(nonce)
    command = TakeAnswer(
        answer_id=answer_id,
        org=checked.key.org,
        staff_id=checked.key.staff_id,
        credential_id=checked.key.credential_id,
        act=act,
        content_hash=content_hash,
        sign_count=checked.sign_count,
    )
    await here.execute(ANSWER, answer_id, command, actor=actor)
    keys = await here.state(PASSKEYS, checked.key.staff_id)
    known = keys.key(checked.key.credential_id)
    if known is None or not known.opens:
        raise Refused(Refusal.KEY_LOCKED)
    return answer_id


def new_key_options(
    here: Platform, who: Persona, challenge: bytes, known: Sequence[Passkey]
) -> dict[str, Any]:
    """Return what the browser needs to make a key for *who*, on none that they have already."""
    options = generate_registration_options(
        rp_id=here.settings.rp_id,
        rp_name=f"Standfast, {here.settings.site_name}",
        user_id=handle_of(who.org, who.staff_id),
        user_name=who.staff_id,
        user_display_name=who.name,
        challenge=challenge,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[
            PublicKeyCredentialDescriptor(id=base64url_to_bytes(each.credential_id))
            for each in known
        ],
    )
    return options_to_json_dict(options)


def new_key(here: Platform, made: dict[str, Any], challenge: bytes, *, name: str) -> NewPasskey:
    """Return the key that a browser made for *challenge*. Raises ``Refused``."""
    try:
        _same_origin(made)
        verified = verify_registration_response(
            credential=made,
            expected_challenge=challenge,
            expected_rp_id=here.settings.rp_id,
            expected_origin=here.settings.origin,
            require_user_verification=True,
        )
        transports = tuple(str(each) for each in made["response"].get("transports") or ())
    except _UNREADABLE as error:
        raise Refused(Refusal.PROOF_WRONG) from error
    return NewPasskey(
        credential_id=bytes_to_base64url(verified.credential_id),
        public_key=bytes_to_base64url(verified.credential_public_key),
        sign_count=verified.sign_count,
        name=name,
        transports=transports[:8],
        aaguid=verified.aaguid,
        is_synced=verified.credential_device_type is CredentialDeviceType.MULTI_DEVICE,
    )


def handle_of(org: str, staff_id: str) -> bytes:
    """Return what an authenticator knows somebody by: always the same, and no name."""
    return hashlib.sha256(f"standfast user\0{org}\0{staff_id}".encode()).digest()


def stand_in(here: Platform, staff_id: str) -> str:
    """Return the id of a key that nobody has: so is not told which staff ids there are."""
    said = here.secret("stand-in keys") + staff_id.encode()
    return bytes_to_base64url(hashlib.sha256(said).digest())


def _same_origin(answer: dict[str, Any]) -> None:
    """Raise ValueError for an answer that was given inside another site's frame."""
    client = read_json(base64url_to_bytes(answer["response"]["clientDataJSON"]))
    if not isinstance(client, dict) or client.get("crossOrigin") or client.get("topOrigin"):
        raise ValueError("answered inside a frame")
