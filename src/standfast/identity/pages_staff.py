"""The staff of an organisation: who there is, who is new, and who is given a passkey."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from standfast.identity.model import STAFF, RegisterStaff
from standfast.identity.permissions import ROLES, Role, known_roles, label_of
from standfast.identity.tables import colleagues, persona
from standfast.identity.tables_passkeys import enrolment_of, enrolments, key_counts
from standfast.kernel.messages import Refused
from standfast.web.forms import Form, FormErrors, sent_form
from standfast.web.pages import (
    Page,
    actor,
    html,
    not_found,
    platform,
    refusal,
    see_other,
)
from standfast.web.step_up import ask, confirmed

READ: Final = "identity.read"
MANAGE: Final = "identity.manage"
"""Registers people, asks for their passkeys."""

SECOND: Final = "identity.confirm"
"""Confirms having seen them: also a supervisor, so that there is somebody at night."""

REGISTER: Final = "identity.register_staff"

WHO: Final = Form(
    RegisterStaff,
    {
        "staff_id": "Enter a staff id of letters, figures, dots and hyphens, such as amira.khan.",
        "name": "Enter their name as colleagues write it.",
        "title": "Enter what they do here, such as Call handler.",
        "registration": "Enter the professional body and number, or leave it empty.",
    },
)

_ID_LETTERS: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789.-")


async def staff(request: Request) -> Response:
    """Show the staff of this organisation, and the table of roles and permissions."""
    here, org = platform(request), actor(request).org
    found = await colleagues(here.db, org)
    counts = await key_counts(here.db, org)
    permissions = sorted(set().union(*(role.permissions for role in ROLES.values())))
    table = [
        (name, [name in details.permissions for details in ROLES.values()])
        for name in permissions
    ]
    people = [
        (each, label_of(known_roles(each.roles)), counts.get(each.staff_id, 0))
        for each in found
    ]
    return await html(
        request,
        "identity/staff.html",
        {
            "staff": people,
            "enrolments": await enrolments(here.db, org, here.clock()),
            "roles": [details.label for details in ROLES.values()],
            "table": table,
        },
    )


async def show_new(request: Request) -> Response:
    """Show the form for somebody new."""
    return await _form(request, {}, {})


async def register(request: Request) -> Response:
    """Register a member of staff. They cannot sign in before two people have enrolled them."""
    here, who = platform(request), actor(request)
    sent = await sent_form(request)
    async with request.form(max_files=0, max_fields=200) as form:
        chosen = known_roles(str(each) for each in form.getlist("roles"))
    command = WHO.read(
        {**sent, "staff_id": sent.get("staff_id", "").strip().lower()},
        org=who.org,
        roles=chosen,
    )
    errors = dict(command.messages) if isinstance(command, FormErrors) else {}
    staff_id = sent.get("staff_id", "").strip().lower()
    if not set(staff_id) <= _ID_LETTERS:
        errors["staff_id"] = WHO.fields["staff_id"]
    if not chosen:
        errors["roles"] = "Select at least one role."
    if staff_id and await persona(here.db, staff_id) is not None:
        errors["staff_id"] = "Somebody has this staff id already. Enter a different one."
    if errors or isinstance(command, FormErrors):
        return await _form(request, errors, sent, chosen)
    content = "\0".join(
        (REGISTER, command.staff_id, command.org, command.name, command.title,
         ",".join(command.roles), command.registration)
    ).encode()  # fmt: skip
    if await confirmed(request, act=REGISTER, content=content) is None:
        says = f"Register {command.name} ({command.staff_id}) as {label_of(command.roles)}"
        return await ask(request, act=REGISTER, content=content, says=says)
    try:
        await here.execute(STAFF, command.staff_id, command, actor=who)
    except Refused as refused:
        return await _form(request, {"": refusal(request, refused)}, sent, chosen)
    return see_other(f"/identity/staff/{command.staff_id}")


async def show_person(request: Request) -> Response:
    """Show one member of staff, and what is to be done for them to sign in."""
    return await person_page(request)


async def person_page(
    request: Request, errors: Mapping[str, str] | None = None, code: str = ""
) -> Response:
    """Answer with one member of staff; *code* is shown this once and never again."""
    here, who = platform(request), actor(request)
    found = await persona(here.db, request.path_params["staff_id"])
    if found is None or found.org != who.org:
        return await not_found(request)
    counts = await key_counts(here.db, who.org)
    given = {
        "person": found,
        "person_roles": label_of(known_roles(found.roles)),
        "keys": counts.get(found.staff_id, 0),
        "enrolment": await enrolment_of(here.db, who.org, found.staff_id),
        "may_manage": who.may(MANAGE),
        "may_confirm": who.may(SECOND),
        "is_self": found.staff_id == who.staff_id,
        "code": code,
        "errors": errors or {},
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK
    return await html(request, "identity/person.html", given, status=status)


async def _form(
    request: Request,
    errors: Mapping[str, str],
    sent: Mapping[str, str],
    chosen: tuple[Role, ...] = (),
) -> Response:
    given = {
        "errors": errors,
        "values": sent,
        "roles": [
            (role.value, details.label, role in chosen)
            for role, details in ROLES.items()
            if not details.read_only  # a supplier's people come by a grant
        ],
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK
    return await html(request, "identity/register.html", given, status=status)


PAGES: Final = (
    Page("/identity/staff", staff, needs=READ),
    Page("/identity/register", show_new, needs=MANAGE),
    Page("/identity/register", register, needs=MANAGE, method="POST"),
    Page("/identity/staff/{staff_id}", show_person, needs=READ),
)
