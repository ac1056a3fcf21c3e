"""How somebody comes to a passkey: two entitled people, face to face, and a spoken code. Pure.

One asks for it, another confirms having seen who it is, and only then there is a code. Neither
may be the person themselves, nor may one be both (controls 1 and 2). The first two of a new
site have their codes from whoever set it up, and confirm each other before either may do
anything.
"""

import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, TypeAlias, assert_never

from msgspec import Struct, structs

from standfast.facts.notices import Device
from standfast.facts.passkeys import (
    EnrolmentCancelled,
    EnrolmentConfirmed,
    EnrolmentEvent,
    EnrolmentKind,
    EnrolmentOpened,
    EnrolmentUsed,
    NewPasskey,
    SpokenCode,
    WrongCodeGiven,
)
from standfast.identity.model import Refusal
from standfast.kernel.messages import Command, Decider, Refused
from standfast.kernel.values import ShortText

OPEN_FOR: Final = timedelta(hours=8)
"""How long an enrolment waits for the second person: a shift."""

CODE_FOR: Final = timedelta(minutes=15)
"""How long a spoken code is good."""

MOST_TRIES: Final = 5
"""Wrong codes after which none is taken."""


class OpenEnrolment(Command, frozen=True, kw_only=True):
    """Ask for a passkey for somebody. With a code at once only when a site is founded."""

    enrolment_id: ShortText
    org: ShortText
    staff_id: ShortText
    kind: EnrolmentKind
    by: ShortText
    proof_id: str
    code: SpokenCode | None = None


class ConfirmEnrolment(Command, frozen=True, kw_only=True):
    """Say that one has seen the person and knows that it is them."""

    by: ShortText
    proof_id: str
    code: SpokenCode | None = None


class TryCode(Command, frozen=True, kw_only=True):
    """Give the code, hashed with the enrolment's salt. A wrong one is counted."""

    code_hash: str
    at: Device = Device()


class UseEnrolment(Command, frozen=True, kw_only=True):
    """Register the key that the code was for."""

    passkey: NewPasskey
    at: Device = Device()


class CancelEnrolment(Command, frozen=True, kw_only=True):
    """Let nobody register with it any more."""

    by: ShortText


EnrolmentCommand: TypeAlias = (
    OpenEnrolment | ConfirmEnrolment | TryCode | UseEnrolment | CancelEnrolment
)


class Enrolment(Struct, frozen=True):
    """What is known of one enrolment. ``opened`` is None before it is."""

    opened: EnrolmentOpened | None = None
    confirmed: EnrolmentConfirmed | None = None
    wrong: tuple[datetime, ...] = ()
    used: EnrolmentUsed | None = None
    cancelled: EnrolmentCancelled | None = None

    @property
    def code(self) -> SpokenCode | None:
        """What is kept of the code that is good for it, if there is one yet."""
        if self.opened is not None and self.opened.code is not None:
            return self.opened.code
        return self.confirmed.code if self.confirmed else None

    @property
    def is_over(self) -> bool:
        return self.used is not None or self.cancelled is not None

    def waits(self, now: datetime) -> bool:
        """Return whether it still waits for the second person."""
        opened = self.opened
        return (
            opened is not None
            and self.code is None
            and not self.is_over
            and now < opened.expires_at
        )


def decide_enrolment(
    known: Enrolment, command: EnrolmentCommand, now: datetime
) -> Sequence[EnrolmentEvent]:
    """Answer *command* with the events it causes, or raise ``Refused``."""
    opened = known.opened
    if isinstance(command, OpenEnrolment):
        return _open(known, command, now)
    if opened is None:
        raise Refused(Refusal.NO_ENROLMENT)
    about = {"enrolment_id": opened.enrolment_id, "org": opened.org}
    match command:
        case ConfirmEnrolment():
            return _confirm(known, opened, command, now)
        case TryCode():
            right = _code_taken(known, now)
            if hmac.compare_digest(right.code_hash, command.code_hash):
                return ()
            wrong = WrongCodeGiven(
                **about, given_at=now, staff_id=opened.staff_id, at=command.at
            )
            return (wrong,)
        case UseEnrolment():
            _code_taken(known, now)
            used = EnrolmentUsed(
                **about,
                staff_id=opened.staff_id,
                passkey=command.passkey,
                used_at=now,
                at=command.at,
            )
            return (used,)
        case CancelEnrolment():
            cancelled = EnrolmentCancelled(**about, by=command.by, cancelled_at=now)
            return () if known.is_over else (cancelled,)
        case _:
            assert_never(command)


def evolve_enrolment(known: Enrolment, event: EnrolmentEvent) -> Enrolment:
    """Learn one fact. Of two that say the same the earlier stands."""
    match event:
        case EnrolmentOpened():
            return structs.replace(known, opened=known.opened or event)
        case EnrolmentConfirmed():
            return structs.replace(known, confirmed=known.confirmed or event)
        case WrongCodeGiven():
            return structs.replace(known, wrong=tuple(sorted((*known.wrong, event.given_at))))
        case EnrolmentUsed():
            return structs.replace(known, used=known.used or event)
        case EnrolmentCancelled():
            return structs.replace(known, cancelled=known.cancelled or event)
        case _:
            assert_never(event)


def _open(
    known: Enrolment, command: OpenEnrolment, now: datetime
) -> tuple[EnrolmentOpened, ...]:
    if known.opened is not None:
        raise Refused(Refusal.ENROLMENT_OVER)
    if command.by == command.staff_id:
        raise Refused(Refusal.NOT_ONESELF)
    if not command.proof_id:
        raise Refused(Refusal.NOT_PROVEN)
    if (command.code is not None) is not (command.kind is EnrolmentKind.FOUNDING):
        raise Refused(Refusal.NOT_CONFIRMED)
    return (
        EnrolmentOpened(
            enrolment_id=command.enrolment_id,
            org=command.org,
            staff_id=command.staff_id,
            kind=command.kind,
            opened_by=command.by,
            opened_at=now,
            expires_at=now + OPEN_FOR,
            proof_id=command.proof_id,
            code=command.code,
        ),
    )


def _confirm(
    known: Enrolment, opened: EnrolmentOpened, command: ConfirmEnrolment, now: datetime
) -> tuple[EnrolmentConfirmed, ...]:
    if known.cancelled is not None:
        raise Refused(Refusal.ENROLMENT_OVER)
    if command.by == opened.staff_id:
        raise Refused(Refusal.NOT_ONESELF)
    if command.by == opened.opened_by:
        raise Refused(Refusal.SAME_PERSON)
    if not command.proof_id:
        raise Refused(Refusal.NOT_PROVEN)
    if known.confirmed is not None:
        raise Refused(Refusal.CONFIRMED_ALREADY)
    founding = opened.kind is EnrolmentKind.FOUNDING
    if founding and known.used is None:
        raise Refused(Refusal.NO_KEY_YET)
    if not founding and (known.is_over or now >= opened.expires_at):
        raise Refused(Refusal.ENROLMENT_OVER)
    return (
        EnrolmentConfirmed(
            enrolment_id=opened.enrolment_id,
            org=opened.org,
            confirmed_by=command.by,
            confirmed_at=now,
            proof_id=command.proof_id,
            code=None if founding else command.code,
        ),
    )


def _code_taken(known: Enrolment, now: datetime) -> SpokenCode:
    """Return the code that is good now, or raise what stands against any."""
    if known.is_over or known.code is None:
        raise Refused(Refusal.WRONG_CODE)
    if len(known.wrong) >= MOST_TRIES or now >= known.code.expires_at:
        raise Refused(Refusal.CODE_SPENT)
    return known.code


ENROLMENT: Final[Decider[Enrolment, EnrolmentCommand, EnrolmentEvent]] = Decider(
    stream="identity.enrolment",
    sealed=False,
    event_type=EnrolmentEvent,
    initial=Enrolment(),
    decide=decide_enrolment,
    evolve=evolve_enrolment,
    org=lambda known: known.opened.org if known.opened else "",
)
