"""One's own passkeys: which there are, another one, a new name, one fewer."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

import msgspec
from msgspec import Struct
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from standfast.identity import sessions
from standfast.identity.asking import question, sent_json
from standfast.identity.devices import device_of
from standfast.identity.model import Refusal
from standfast.identity.model_passkeys import (
    PASSKEYS,
    RegisterPasskey,
    RemovePasskey,
    RenamePasskey,
)
from standfast.identity.pages_sign_in import LIFE
from standfast.identity.passkeys import new_key, new_key_options
from standfast.identity.tables import persona
from standfast.identity.tables_passkeys import passkeys_of
from standfast.identity.tables_sessions import own_sessions
from standfast.kernel.messages import Refused
from standfast.kernel.values import ShortText
from standfast.web import challenges
from standfast.web.forms import Form, FormErrors, sent_form
from standfast.web.pages import (
    SIGNED_IN,
    Page,
    actor,
    html,
    platform,
    refusal,
    see_other,
)
from standfast.web.step_up import ask, confirmed

ADD: Final = "identity.add_passkey"
REMOVE: Final = "identity.remove_passkey"

RENAME: Final = Form(RenamePasskey, {"name": "Enter what you call it, such as “Blue key”."})


class AnotherKey(Struct, frozen=True):
    """The key that somebody's device has just made, beside those they have."""

    nonce: str
    name: ShortText
    answer: dict[str, Any]


async def show(request: Request) -> Response:
    """Show the visitor's own passkeys."""
    return await _page(request)


async def add(request: Request) -> Response:
    """Ask for a proof with a key they have; then let the browser make another."""
    here, who = platform(request), actor(request)
    sent = await sent_form(request)
    name = sent.get("name", "").strip()
    if not name or len(name) > 200:  # noqa: PLR2004 - as ShortText
        return await _page(request, {"name": "Enter what you call it, such as “Blue key”."})
    content = f"{ADD} {who.staff_id} {name}".encode()
    if await confirmed(request, act=ADD, content=content) is None:
        says = f"Register another passkey for yourself: “{name}”"
        return await ask(request, act=ADD, content=content, says=says)
    owner = await persona(here.db, who.staff_id)
    if owner is None:
        raise Refused(Refusal.NO_ENROLMENT)
    asked = question(request, purpose=ADD, bound=_bound(request, name))
    held = await passkeys_of(here.db, who.staff_id)
    options = new_key_options(here, owner, bytes.fromhex(asked["challenge"]), held)
    making = {"nonce": asked["nonce"], "options": msgspec.json.encode(options).decode()}
    given = {"name": name, "making": making}
    return await html(request, "identity/make_key.html", given)


async def register(request: Request) -> Response:
    """Register the key that the browser has made."""
    here, who = platform(request), actor(request)
    sent = await sent_json(request, AnotherKey)
    bound = _bound(request, sent.name)
    made = challenges.issued_at(here, sent.nonce, purpose=ADD, bound=bound)
    if made is None:
        raise Refused(Refusal.PROOF_WRONG)
    if not challenges.is_fresh(made, here.clock(), LIFE):
        raise Refused(Refusal.PROOF_OLD)
    challenge = challenges.challenge(sent.nonce, b"")
    key = new_key(here, sent.answer, challenge, name=sent.name)
    command = RegisterPasskey(
        org=who.org, staff_id=who.staff_id, passkey=key, at=device_of(request)
    )
    await here.execute(PASSKEYS, who.staff_id, command, actor=who)
    return JSONResponse({"to": "/identity/keys"})


async def rename(request: Request) -> Response:
    """Call one of one's keys something else."""
    sent = await sent_form(request)
    command = RENAME.read(sent, credential_id=sent.get("credential_id", ""))
    if isinstance(command, FormErrors):
        return await _page(request, {"": command.messages["name"]})
    return await _carry_out(request, command)


async def remove(request: Request) -> Response:
    """Take one of one's keys away; the last stays until there is another."""
    sent = await sent_form(request)
    credential_id = sent.get("credential_id", "")
    held = await passkeys_of(platform(request).db, actor(request).staff_id)
    name = next((key.name for key in held if key.credential_id == credential_id), "")
    if not name:
        return see_other("/identity/keys")
    if len(held) == 1:
        return await _carry_out(request, RemovePasskey(credential_id=credential_id))
    content = f"{REMOVE} {credential_id}".encode()
    proof = await confirmed(request, act=REMOVE, content=content)
    if proof is None:
        says = f"Remove your passkey “{name}”. It will open nothing any more"
        return await ask(request, act=REMOVE, content=content, says=says)
    command = RemovePasskey(
        credential_id=credential_id, proof_id=proof.proof_id, at=device_of(request)
    )
    return await _carry_out(request, command)


async def _carry_out(request: Request, command: RenamePasskey | RemovePasskey) -> Response:
    who = actor(request)
    try:
        await platform(request).execute(PASSKEYS, who.staff_id, command, actor=who)
    except Refused as refused:
        return await _page(request, {"": refusal(request, refused)})
    if await sessions.current(request) is not None:
        return see_other("/identity/keys")
    await sessions.end(request)  # it began with the key that is gone
    response = see_other("/sign-in")
    sessions.forget(platform(request), response)
    return response


async def _page(request: Request, errors: Mapping[str, str] | None = None) -> Response:
    here, who = platform(request), actor(request)
    held = await passkeys_of(here.db, who.staff_id)
    open_ones = await own_sessions(here.db, who.org, who.staff_id, here.clock())
    given = {"keys": held, "others": max(0, len(open_ones) - 1), "errors": errors or {}}
    status = HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK
    return await html(request, "identity/keys.html", given, status=status)


def _bound(request: Request, name: str) -> str:
    who = actor(request)
    return f"{who.staff_id}\0{who.session_id}\0{name}"


PAGES: Final = (
    Page("/identity/keys", show, needs=SIGNED_IN),
    Page("/identity/keys/add", add, needs=SIGNED_IN, method="POST"),
    Page("/identity/keys/register", register, needs=SIGNED_IN, method="POST"),
    Page("/identity/keys/rename", rename, needs=SIGNED_IN, method="POST"),
    Page("/identity/keys/remove", remove, needs=SIGNED_IN, method="POST"),
)
