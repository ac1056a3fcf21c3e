"""The rules of staff and sessions, one sentence each."""

from datetime import timedelta
from itertools import permutations

import pytest

from standfast.facts.identity import (
    OrganisationRegistered,
    SessionEvent,
    SessionLocked,
    SessionUnlocked,
    SessionUsed,
    SignedIn,
    SignedOut,
)
from standfast.identity.model import (
    ORGANISATION,
    SESSION,
    STAFF,
    LockSession,
    Organisation,
    Refusal,
    RegisterOrganisation,
    RegisterStaff,
    Session,
    SignIn,
    SignOut,
    UnlockSession,
    UseSession,
)
from standfast.identity.permissions import Role
from standfast.identity.words import DESCRIBES, REFUSALS
from standfast.kernel.access import Assurance
from standfast.kernel.messages import Refused
from tests.identity.examples import AMIRA, URGENT_CARE
from tests.support.site import NOON, PROVIDER, TRUST

SIGN_IN = SignIn(
    session_id="s-1",
    org=PROVIDER,
    staff_id="amira.khan",
    token_hash="0" * 64,
    roles=(Role.CALL_HANDLER,),
)
SIGNED_IN = SignedIn(
    session_id="s-1",
    org=PROVIDER,
    staff_id="amira.khan",
    token_hash="0" * 64,
    idle_seconds=15 * 60,
    signed_in_at=NOON,
    expires_at=NOON + timedelta(hours=12),
    roles=("call_handler",),
)
LATER = NOON + timedelta(minutes=20)
LATEST = LATER + timedelta(minutes=1)
LOCKED = SessionLocked(session_id="s-1", org=PROVIDER, locked_at=LATER)
UNLOCK = UnlockSession(
    token_hash="1" * 64, assurance=Assurance.PRESENT, way="passkey", credential_id="k-1"
)
UNLOCKED = SessionUnlocked(
    session_id="s-1",
    org=PROVIDER,
    token_hash="1" * 64,
    assurance=Assurance.PRESENT,
    way="passkey",
    credential_id="k-1",
    unlocked_at=LATEST,
)
USED = SessionUsed(session_id="s-1", org=PROVIDER, used_at=LATER)
SIGNED_OUT = SignedOut(session_id="s-1", org=PROVIDER, signed_out_at=LATER)


def test_a_session_lasts_twelve_hours_at_most() -> None:
    assert SESSION.decide(Session(), SIGN_IN, NOON) == (SIGNED_IN,)


def test_a_session_does_not_begin_twice() -> None:
    with pytest.raises(Refused) as refused:
        SESSION.decide(SESSION.replay([SIGNED_IN]), SIGN_IN, NOON)

    assert refused.value.reason is Refusal.SESSION_EXISTS


def test_being_there_is_written_down_now_and_then_and_not_every_time() -> None:
    session = SESSION.replay([SIGNED_IN])

    assert SESSION.decide(session, UseSession(), NOON + timedelta(minutes=2)) == ()
    assert SESSION.decide(session, UseSession(), LATER) == (USED,)


def test_a_session_ends_once() -> None:
    assert SESSION.decide(SESSION.replay([SIGNED_IN]), SignOut(), LATER) == (SIGNED_OUT,)
    assert SESSION.decide(SESSION.replay([SIGNED_IN, SIGNED_OUT]), SignOut(), LATER) == ()
    assert SESSION.decide(Session(), SignOut(), LATER) == ()


def test_a_locked_session_is_not_used_but_unlocked_with_a_new_token() -> None:
    assert SESSION.decide(SESSION.replay([SIGNED_IN]), LockSession(), LATER) == (LOCKED,)
    locked = SESSION.replay([SIGNED_IN, LOCKED])

    assert locked.is_locked
    assert SESSION.decide(locked, LockSession(), LATEST) == ()
    assert SESSION.decide(locked, UseSession(), LATEST) == ()
    assert SESSION.decide(locked, UNLOCK, LATEST) == (UNLOCKED,)
    assert not SESSION.replay([SIGNED_IN, LOCKED, UNLOCKED]).is_locked


def test_a_session_that_is_over_is_not_unlocked() -> None:
    for session, at in (
        (Session(), LATER),
        (SESSION.replay([SIGNED_IN, SIGNED_OUT]), LATER),
        (SESSION.replay([SIGNED_IN, LOCKED]), SIGNED_IN.expires_at),
    ):
        with pytest.raises(Refused) as refused:
            SESSION.decide(session, UNLOCK, at)

        assert refused.value.reason is Refusal.SESSION_OVER


def test_a_session_that_is_over_is_not_used_again() -> None:
    assert SESSION.decide(SESSION.replay([SIGNED_IN, SIGNED_OUT]), UseSession(), LATER) == ()


def test_a_session_ends_the_same_in_whatever_order_its_facts_arrive() -> None:
    facts: tuple[SessionEvent, ...] = (SIGNED_IN, USED, LOCKED, UNLOCKED, SIGNED_OUT)

    assert len({SESSION.replay(order) for order in permutations(facts)}) == 1


def test_registering_the_same_again_changes_nothing() -> None:
    staff = STAFF.replay(STAFF.decide(STAFF.initial, AMIRA, NOON))
    command = RegisterOrganisation(organisation=URGENT_CARE)
    facts = ORGANISATION.decide(Organisation(), command, NOON)

    assert STAFF.decide(staff, AMIRA, LATER) == ()
    assert facts == (OrganisationRegistered(organisation=URGENT_CARE, registered_at=NOON),)
    assert ORGANISATION.decide(ORGANISATION.replay(facts), command, LATER) == ()


def test_a_staff_id_belongs_to_one_organisation() -> None:
    staff = STAFF.replay(STAFF.decide(STAFF.initial, AMIRA, NOON))
    elsewhere = RegisterStaff(
        staff_id="amira.khan", org=TRUST, name="A", title="B", roles=(Role.DISPATCHER,)
    )

    with pytest.raises(Refused) as refused:
        STAFF.decide(staff, elsewhere, NOON)

    assert refused.value.reason is Refusal.WORKS_ELSEWHERE


def test_nobody_is_registered_without_a_role() -> None:
    nobody = RegisterStaff(staff_id="x", org=PROVIDER, name="A", title="B", roles=())

    with pytest.raises(Refused) as refused:
        STAFF.decide(STAFF.initial, nobody, NOON)

    assert refused.value.reason is Refusal.NO_ROLE


def test_every_refusal_has_its_sentence() -> None:
    assert set(Refusal) <= set(REFUSALS)


def test_every_fact_has_its_sentence() -> None:
    session = DESCRIBES["identity.session"]
    facts = ORGANISATION.decide(
        Organisation(), RegisterOrganisation(organisation=URGENT_CARE), NOON
    )

    assert [session(fact) for fact in (SIGNED_IN, USED, LOCKED, UNLOCKED, SIGNED_OUT)] == [
        "amira.khan signed in",
        "Still at work",
        "The screen was locked",
        "The screen was unlocked",
        "Signed out",
    ]
    assert (
        DESCRIBES["identity.organisation"](facts[0]) == "Harrowmere Urgent Care was registered"
    )
    assert (
        DESCRIBES["identity.staff"](STAFF.decide(STAFF.initial, AMIRA, NOON)[0])
        == "Amira Khan may work as Call handler"
    )
