"""Who gives whom a passkey: two entitled people, face to face, and nobody for themselves."""

from datetime import timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from standfast.facts.passkeys import (
    EnrolmentConfirmed,
    EnrolmentEvent,
    EnrolmentKind,
    EnrolmentOpened,
    EnrolmentUsed,
    NewPasskey,
    SpokenCode,
    WrongCodeGiven,
)
from standfast.identity import codes
from standfast.identity.model import Refusal
from standfast.identity.model_enrolment import (
    CODE_FOR,
    ENROLMENT,
    MOST_TRIES,
    OPEN_FOR,
    CancelEnrolment,
    ConfirmEnrolment,
    Enrolment,
    EnrolmentCommand,
    OpenEnrolment,
    TryCode,
    UseEnrolment,
)
from standfast.kernel.messages import Refused
from tests.identity.live import Person, code_on, live_site, newcomer
from tests.support.database import Database
from tests.support.site import NOON, PROVIDER

CODE = SpokenCode(code_hash="a" * 64, salt="00", expires_at=NOON + CODE_FOR)
KEY = NewPasskey(credential_id="k-1", public_key="p", sign_count=0, name="Blue key")
OPEN = OpenEnrolment(
    enrolment_id="e-1",
    org=PROVIDER,
    staff_id="amira.khan",
    kind=EnrolmentKind.FIRST,
    by="sam.whitlock",
    proof_id="p-1",
)
CONFIRM = ConfirmEnrolment(by="ruth.calder", proof_id="p-2", code=CODE)
RIGHT, WRONG = TryCode(code_hash="a" * 64), TryCode(code_hash="b" * 64)
USE = UseEnrolment(passkey=KEY)

PEOPLE = ("amira.khan", "sam.whitlock", "ruth.calder")


def after(*commands: EnrolmentCommand) -> Enrolment:
    known = ENROLMENT.initial
    for command in commands:
        for event in ENROLMENT.decide(known, command, NOON):
            known = ENROLMENT.evolve(known, event)
    return known


def refusal_of(
    known: Enrolment, command: EnrolmentCommand, later: timedelta = timedelta()
) -> Refusal:
    with pytest.raises(Refused) as refused:
        ENROLMENT.decide(known, command, NOON + later)
    assert isinstance(refused.value.reason, Refusal)
    return refused.value.reason


@given(opens=st.sampled_from(PEOPLE), confirms=st.sampled_from(PEOPLE))
def test_a_key_comes_from_three_different_people_and_from_no_fewer(
    opens: str, confirms: str
) -> None:
    own = OpenEnrolment(
        **{**{f: getattr(OPEN, f) for f in OPEN.__struct_fields__}, "by": opens}
    )
    confirm = ConfirmEnrolment(by=confirms, proof_id="p-2", code=CODE)
    try:
        known = after(own, confirm, RIGHT, USE)
    except Refused:
        assert len({opens, confirms, "amira.khan"}) < 3
    else:
        assert known.used is not None
        assert len({opens, confirms, "amira.khan"}) == 3


def test_nobody_asks_for_their_own_key_or_confirms_it() -> None:
    own = OpenEnrolment(
        enrolment_id="e-1",
        org=PROVIDER,
        staff_id="amira.khan",
        kind=EnrolmentKind.FIRST,
        by="amira.khan",
        proof_id="p-1",
    )
    assert refusal_of(Enrolment(), own) is Refusal.NOT_ONESELF
    confirm = ConfirmEnrolment(by="amira.khan", proof_id="p", code=CODE)
    assert refusal_of(after(OPEN), confirm) is Refusal.NOT_ONESELF


def test_one_person_is_not_both() -> None:
    confirm = ConfirmEnrolment(by="sam.whitlock", proof_id="p", code=CODE)

    assert refusal_of(after(OPEN), confirm) is Refusal.SAME_PERSON


def test_each_of_the_two_shows_a_fresh_proof() -> None:
    unproven = ConfirmEnrolment(by="ruth.calder", proof_id="", code=CODE)

    assert refusal_of(after(OPEN), unproven) is Refusal.NOT_PROVEN


def test_it_waits_for_the_second_person_for_a_shift() -> None:
    assert refusal_of(after(OPEN), CONFIRM, OPEN_FOR) is Refusal.ENROLMENT_OVER
    assert refusal_of(after(OPEN, CONFIRM), CONFIRM) is Refusal.CONFIRMED_ALREADY


def test_there_is_no_key_before_the_second_person_has_said_so() -> None:
    assert refusal_of(after(OPEN), RIGHT) is Refusal.WRONG_CODE
    assert refusal_of(after(OPEN), USE) is Refusal.WRONG_CODE


def test_a_code_is_good_for_a_quarter_of_an_hour_and_one_key() -> None:
    known = after(OPEN, CONFIRM)
    assert ENROLMENT.decide(known, RIGHT, NOON) == ()
    assert refusal_of(known, RIGHT, CODE_FOR) is Refusal.CODE_SPENT
    assert refusal_of(known, USE, CODE_FOR) is Refusal.CODE_SPENT
    assert refusal_of(after(OPEN, CONFIRM, USE), USE) is Refusal.WRONG_CODE


def test_five_wrong_codes_end_it_for_the_right_one_too() -> None:
    known = after(OPEN, CONFIRM, *[WRONG] * MOST_TRIES)

    assert refusal_of(known, RIGHT) is Refusal.CODE_SPENT


def test_what_was_cancelled_is_over() -> None:
    known = after(OPEN, CONFIRM, CancelEnrolment(by="ruth.calder"))

    assert refusal_of(known, RIGHT) is Refusal.WRONG_CODE
    assert refusal_of(known, CONFIRM) is Refusal.ENROLMENT_OVER
    assert ENROLMENT.decide(known, CancelEnrolment(by="x"), NOON) == ()


def test_an_enrolment_ends_the_same_in_whatever_order_its_facts_arrive() -> None:
    facts: list[EnrolmentEvent] = [
        *ENROLMENT.decide(Enrolment(), OPEN, NOON),
        *ENROLMENT.decide(after(OPEN), CONFIRM, NOON),
        WrongCodeGiven(enrolment_id="e-1", org=PROVIDER, given_at=NOON),
        *ENROLMENT.decide(after(OPEN, CONFIRM), USE, NOON),
    ]

    assert [type(fact) for fact in facts] == [
        EnrolmentOpened,
        EnrolmentConfirmed,
        WrongCodeGiven,
        EnrolmentUsed,
    ]
    assert len({ENROLMENT.replay(order) for order in permutations(facts)}) == 1


@given(random=st.binary(min_size=5, max_size=5))
def test_a_code_is_said_in_letters_that_cannot_be_misheard(random: bytes) -> None:
    said = codes.spoken(random)

    assert len(said) == 9
    assert not set(said) & set("ILOU")


@pytest.mark.anyio
async def test_a_code_is_taken_however_it_is_typed_and_kept_only_as_a_hash() -> None:
    kept = await codes.kept("7F3K-2M9Q", b"salt", NOON)

    assert "7F3K" not in f"{kept}"
    for typed in ("7F3K-2M9Q", "7f3k2m9q", " 7f3k 2m9q "):
        assert await codes.hashed(typed, kept.salt) == kept.code_hash
    assert await codes.hashed("7F3K-2M9R", kept.salt) != kept.code_hash
    assert await codes.hashed("oil1-0000", kept.salt) == await codes.hashed(
        "0111-0000", kept.salt
    )


@pytest.mark.anyio
async def test_the_code_is_shown_once_and_lies_nowhere(database: Database) -> None:
    async with live_site(database) as (site, sam, ines):
        ben = await newcomer(site, sam, ines, "ben.hall")
        assert await ben.is_in()
        await sam.does("/identity/staff/ben.hall/enrol", kind="recovery")
        shown = await ines.does("/identity/staff/ben.hall/confirm", seen="yes")
        code = code_on(shown)
        bodies = await site.all_orgs.fetch_value(
            "SELECT string_agg(convert_from(body, 'UTF8'), ' ') FROM journal"
        )

        assert code not in bodies
        assert code.replace("-", "") not in bodies
        assert code not in (await ines.get("/identity/staff/ben.hall")).text


@pytest.mark.anyio
async def test_a_loss_ends_keys_and_sessions_at_once(database: Database) -> None:
    async with live_site(database) as (site, sam, ines):
        ben = await newcomer(site, sam, ines, "ben.hall")
        assert await ben.is_in()
        await sam.does("/identity/staff/ben.hall/enrol", kind="recovery")
        site.clock.move(seconds=5)

        assert not await ben.is_in()
        assert "opens nothing here" in (await ben.sign_in()).json()["error"]


@pytest.mark.anyio
async def test_whoever_asked_does_not_confirm_and_nobody_enrols_themselves(
    database: Database,
) -> None:
    async with live_site(database) as (site, sam, ines):
        await newcomer(site, sam, ines, "ben.hall")
        await sam.does("/identity/staff/ben.hall/enrol", kind="recovery")
        both = await sam.post("/identity/staff/ben.hall/confirm", seen="yes")
        own = await sam.post("/identity/staff/sam.whitlock/enrol", kind="first")

        assert "somebody else must confirm it" in both.text
        assert "Nobody enrols or confirms themselves" in own.text
        assert (both.status_code, own.status_code) == (422, 422)


@pytest.mark.anyio
async def test_five_wrong_codes_and_the_right_one_is_refused(database: Database) -> None:
    async with live_site(database) as (site, sam, ines):
        ben = await newcomer(site, sam, ines, "ben.hall")
        await sam.does("/identity/staff/ben.hall/enrol", kind="recovery")
        code = code_on(await ines.does("/identity/staff/ben.hall/confirm", seen="yes"))
        for _ in range(MOST_TRIES):
            assert "do not belong together" in (await ben.enrol("0000-0000")).text

        assert "no longer good" in (await ben.enrol(code)).text
        assert not await ben.is_in()


@pytest.mark.anyio
async def test_the_first_two_may_do_nothing_before_each_has_confirmed_the_other(
    database: Database,
) -> None:
    async with live_site(database, confirmed=False) as (_, sam, ines):
        assert (await sam.get("/identity/staff")).status_code == 403
        assert (await sam.get("/")).headers["location"] == "/identity/founding"
        answer = await sam.does("/identity/founding", seen="yes")
        assert answer.status_code == 303
        assert (await sam.get("/identity/staff")).status_code == 403, (
            "Ines has not confirmed her"
        )

        assert (await ines.sign_in()).status_code == 200
        assert (await ines.get("/identity/staff")).status_code == 200


@pytest.mark.anyio
async def test_a_name_that_does_not_exist_is_told_apart_by_nobody(database: Database) -> None:
    async with live_site(database) as (site, sam, _):
        unknown = await Person(site, "nobody.here").enrol("0000-0000")
        known = await Person(site, sam.staff_id).enrol("0000-0000")

        assert unknown.status_code == known.status_code == 409
        assert unknown.json() == known.json()
