"""Clients as the IT officer sees them: list, register, rotate, limit, suspend, switch off."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from standfast.clients.keys import PRIVATE_PASTED
from standfast.clients.model import (
    CLIENT,
    AddKey,
    ClientCommand,
    EndClient,
    ResumeClient,
    RetireKey,
    SuspendClient,
)
from standfast.clients.model_calls import SWITCH, TurnApiOff, TurnApiOn
from standfast.clients.registering import (
    OVERLAPS,
    read_change,
    read_new_key,
    read_reason,
    read_registration,
)
from standfast.clients.tables import (
    REFUSALS_DAYS,
    ClientRow,
    client,
    clients,
    switched_off,
)
from standfast.clients.tallies import tallies
from standfast.facts.clients import SCOPES, Algorithm, Quota
from standfast.kernel.messages import Refused
from standfast.web.forms import FormErrors, sent_form
from standfast.web.pages import (
    Handler,
    Page,
    actor,
    html,
    not_found,
    platform,
    refusal,
    see_other,
)

READ: Final = "clients.read"
MANAGE: Final = "clients.manage"
SWITCHES: Final = "clients.switch"
ENDS_SOON: Final = timedelta(days=30)

_SCOPES: Final = [
    (f"scope_{scope.name.lower()}", scope, says) for scope, says in SCOPES.items()
]
_NO_ERRORS: Final = FormErrors({})


async def show_clients(request: Request) -> Response:
    """Show every client, what it did lately, and the switch."""
    return await _clients(request, _NO_ERRORS)


async def show_list(request: Request) -> Response:
    """Show the list alone, for an open page to take in."""
    return await _clients(request, _NO_ERRORS, template="clients/_clients.html")


async def turn_off(request: Request) -> Response:
    """Turn the API off at once."""
    reason = read_reason(await sent_form(request))
    if isinstance(reason, FormErrors):
        return await _clients(request, reason)
    who = actor(request)
    command = TurnApiOff(org=who.org, reason=reason, by=who.name)
    await platform(request).execute(SWITCH, who.org, command, actor=who)
    return see_other("/clients/")


async def turn_on(request: Request) -> Response:
    """Turn the API on again."""
    who = actor(request)
    command = TurnApiOn(org=who.org, by=who.name)
    await platform(request).execute(SWITCH, who.org, command, actor=who)
    return see_other("/clients/")


async def show_form(request: Request) -> Response:
    """Show the form for a new client."""
    return await _form(request, {}, _NO_ERRORS)


async def register(request: Request) -> Response:
    """Register the client, or show what is wrong with all of it."""
    here, who, sent = platform(request), actor(request), await sent_form(request)
    command = read_registration(
        sent, org=who.org, by=who.name, now=here.clock(), places=here.outbound.places
    )
    if isinstance(command, FormErrors):
        return await _form(request, sent, command)
    try:
        await here.execute(CLIENT, command.client_id, command, actor=who)
    except Refused as refused:
        return await _form(request, sent, FormErrors({"client_id": refusal(request, refused)}))
    return see_other(f"/clients/known/{command.client_id}")


async def show_client(request: Request) -> Response:
    """Show one client: its keys, what it may, how much, and what it did."""
    return await _client(request, {}, _NO_ERRORS)


async def add_key(request: Request) -> Response:
    """Add the keys that were entered; the old ones go on until somebody retires them."""
    here, sent = platform(request), await sent_form(request)
    found = await _found(request)
    if found is None:
        return await not_found(request)
    keys = read_new_key(sent, found.algorithm, here.clock())
    if isinstance(keys, FormErrors):
        return await _client(request, sent, keys)
    commands = [AddKey(key=key, by=actor(request).name) for key in keys]
    return await _carried_out(request, commands, sent, field="public_keys")


async def retire_key(request: Request) -> Response:
    """Retire a key: at once, or after an overlap."""
    sent = await sent_form(request)
    overlap = OVERLAPS.get(sent.get("overlap", ""))
    if overlap is None:
        errors = FormErrors({"overlap": "Select for how long the key may still be used"})
        return await _client(request, sent, errors)
    until = platform(request).clock() + overlap
    kid = sent.get("kid", "")[:200] or "none"
    command = RetireKey(kid=kid, valid_until=until, by=actor(request).name)
    return await _carried_out(request, [command], sent, field="overlap")


async def change(request: Request) -> Response:
    """Change what the client may do, and how much."""
    sent = await sent_form(request)
    command = read_change(sent, by=actor(request).name)
    if isinstance(command, FormErrors):
        return await _client(request, sent, command)
    return await _carried_out(request, [command], sent)


def _with_reason(make: Callable[[str, str], ClientCommand]) -> Handler:
    """Return a handler that carries out what *make* makes of a reason and a name."""

    async def handler(request: Request) -> Response:
        sent = await sent_form(request)
        reason = read_reason(sent)
        if isinstance(reason, FormErrors):
            return await _client(request, sent, reason)
        return await _carried_out(request, [make(reason, actor(request).name)], sent)

    return handler


async def resume(request: Request) -> Response:
    """Let the client call again."""
    return await _carried_out(request, [ResumeClient(by=actor(request).name)], {})


async def end(request: Request) -> Response:
    """End the client for good, if that was ticked."""
    sent = await sent_form(request)
    reason = read_reason({"reason": sent.get("end_reason", "")})
    errors: dict[str, str] = {}
    if isinstance(reason, FormErrors):
        errors["end_reason"] = reason.messages["reason"]
    if not sent.get("for_good"):
        errors["for_good"] = "Tick that it will never call again, or suspend it instead"
    if errors or isinstance(reason, FormErrors):
        return await _client(request, sent, FormErrors(errors))
    return await _carried_out(request, [EndClient(reason=reason, by=actor(request).name)], sent)


async def _carried_out(
    request: Request,
    commands: Sequence[ClientCommand],
    sent: Mapping[str, str],
    *,
    field: str = "",
) -> Response:
    """Carry *commands* out on the client in the address; show it again, or what was refused."""
    found = await _found(request)
    if found is None:
        return await not_found(request)
    for command in commands:
        try:
            await platform(request).execute(
                CLIENT, found.client_id, command, actor=actor(request)
            )
        except Refused as refused:
            return await _client(request, sent, FormErrors({field: refusal(request, refused)}))
    return see_other(f"/clients/known/{found.client_id}")


async def _found(request: Request) -> ClientRow | None:
    db, org = platform(request).db, actor(request).org
    return await client(db, org, request.path_params["client_id"])


async def _clients(
    request: Request, errors: FormErrors, *, template: str = "clients/clients.html"
) -> Response:
    here, who = platform(request), actor(request)
    found = await clients(here.db, who.org)
    did = await tallies(here.db, who.org, here.clock())
    now = here.clock()
    context = {
        "clients": [(each, did.get(each.client_id), _ends(each, now)) for each in found],
        "unknown": did.get(""),
        "off": await switched_off(here.db, who.org),
        "may_switch": who.may(SWITCHES),
        "may_manage": who.may(MANAGE),
        "days": REFUSALS_DAYS,
        "errors": errors.messages,
    }
    return await html(request, template, context, status=_status(errors))


async def _form(request: Request, sent: Mapping[str, str], errors: FormErrors) -> Response:
    quota = Quota()
    given = {name: str(getattr(quota, name)) for name in quota.__struct_fields__}
    context = {
        "sent": given | _shown(sent, errors),
        "errors": errors.messages,
        "algorithms": [(each.value, _ALGORITHMS[each]) for each in Algorithm],
        "scopes": _SCOPES,
    }
    return await html(request, "clients/register.html", context, status=_status(errors))


async def _client(request: Request, sent: Mapping[str, str], errors: FormErrors) -> Response:
    here, who = platform(request), actor(request)
    found = await _found(request)
    if found is None:
        return await not_found(request)
    did = await tallies(here.db, who.org, here.clock())
    now = here.clock()
    kept = {
        "name": found.name,
        "speaks_for": " ".join(found.speaks_for),
        "certificate_name": found.certificate_name,
        "per_minute": str(found.per_minute),
        "in_flight": str(found.in_flight),
        "kilobytes_per_minute": str(found.kilobytes_per_minute),
        **{name: "yes" for name, scope, _ in _SCOPES if scope in found.scopes},
    }
    context: dict[str, Any] = {
        "client": found,
        "keys": [(view, view.good_at(now)) for view in found.keys],
        "algorithm": _ALGORITHMS[found.algorithm],
        "tally": did.get(found.client_id),
        "days": REFUSALS_DAYS,
        "scopes": _SCOPES,
        "granted": [says for _, scope, says in _SCOPES if scope in found.scopes],
        "may_manage": who.may(MANAGE),
        "sent": kept | _shown(sent, errors),
        "errors": errors.messages,
    }
    return await html(request, "clients/client.html", context, status=_status(errors))


def _ends(found: ClientRow, now: datetime) -> datetime | None:
    """Return when the client's last key ends, if that is soon."""
    ends = [
        _end_of(view.until, view.key.expires_at) for view in found.keys if view.good_at(now)
    ]
    known = [at for at in ends if at is not None]
    if len(known) < len(ends) or not known or max(known) - now > ENDS_SOON:
        return None
    return max(known)


def _end_of(*times: datetime | None) -> datetime | None:
    return min((at for at in times if at is not None), default=None)


def _shown(sent: Mapping[str, str], errors: FormErrors) -> dict[str, str]:
    """Return what was entered, to be shown again: all but a private key."""
    if PRIVATE_PASTED in errors.messages.get("public_keys", ""):
        return {**sent, "public_keys": ""}
    return dict(sent)


def _status(errors: FormErrors) -> HTTPStatus:
    return HTTPStatus.UNPROCESSABLE_ENTITY if errors.messages else HTTPStatus.OK


_ALGORITHMS: Final[Mapping[Algorithm, str]] = {
    Algorithm.RS512: "RS512: RSA, as NHS APIs ask for",
    Algorithm.RS384: "RS384: RSA, as SMART asks for",
    Algorithm.ES384: "ES384: P-384, as SMART asks for",
    Algorithm.ES256: "ES256: P-256",
    Algorithm.EDDSA: "EdDSA: Ed25519",
}
_SUSPEND: Final = _with_reason(lambda reason, by: SuspendClient(reason=reason, by=by))
_KNOWN: Final = "/clients/known/{client_id}"

PAGES: Final[tuple[Page, ...]] = (
    Page("/clients/", show_clients, needs=READ),
    Page("/clients/_list", show_list, needs=READ),
    Page("/clients/off", turn_off, needs=SWITCHES, method="POST"),
    Page("/clients/on", turn_on, needs=SWITCHES, method="POST"),
    Page("/clients/new", show_form, needs=MANAGE),
    Page("/clients/new", register, needs=MANAGE, method="POST"),
    Page(_KNOWN, show_client, needs=READ),
    Page(f"{_KNOWN}/keys", add_key, needs=MANAGE, method="POST"),
    Page(f"{_KNOWN}/retire", retire_key, needs=MANAGE, method="POST"),
    Page(f"{_KNOWN}/change", change, needs=MANAGE, method="POST"),
    Page(f"{_KNOWN}/suspend", _SUSPEND, needs=MANAGE, method="POST"),
    Page(f"{_KNOWN}/resume", resume, needs=MANAGE, method="POST"),
    Page(f"{_KNOWN}/end", end, needs=MANAGE, method="POST"),
)
