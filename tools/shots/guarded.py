"""The way in, and a record that is closed: pictures of what guards the patients."""

from collections.abc import Iterator

from playwright.sync_api import Browser

from tools.shots.desk import SETTLE, Desk

FAMILY = "okonkwo"
"""Somebody whom Ada has no call from."""


def guarded(browser: Browser, address: str) -> Iterator[tuple[str, bytes]]:
    """Enrol somebody, lock a screen; open a closed record, review it, see who looked."""
    ruth, sam, joe = (
        Desk(browser, address, each) for each in ("ruth.calder", "sam.whitlock", "joe.tran")
    )
    ada, mira = (Desk(browser, address, each) for each in ("ada.mensah", "mira.sandoval"))
    yield from _closed_record(ada, mira)
    yield from _looked_after(sam)
    yield from _way_in(ruth, sam, joe)


def _way_in(ruth: Desk, sam: Desk, joe: Desk) -> Iterator[tuple[str, bytes]]:
    """Give somebody a passkey, as two people do; lock a screen; show the way in."""
    sam.open("/identity/staff/joe.tran")
    yield from sam.shoot("enrolment")
    sam.page.click("button[value='first']")
    ruth.open("/identity/staff/joe.tran")
    ruth.page.check("#seen")
    yield from ruth.shoot("enrolment-second-person")
    ruth.page.get_by_role("button", name="Confirm, and show the code").click()
    ruth.page.wait_for_selector(".code")
    yield from ruth.shoot("enrolment-code")
    joe.open("/identity/keys")
    yield from joe.shoot("passkeys")
    joe.open("/identity/signed-in")
    yield from joe.shoot("signed-in")
    joe.page.locator("details.menu summary").click()
    joe.page.get_by_role("button", name="Lock or switch").click()
    yield from joe.shoot("locked")
    for path, name in (("/sign-in", "sign-in"), ("/sign-in/enrol", "first-passkey")):
        joe.open(path)
        yield from joe.shoot(name)


def _closed_record(ada: Desk, mira: Desk) -> Iterator[tuple[str, bytes]]:
    """Open a record that is closed, be reviewed for it, and stand in who looked."""
    mira.open("/access/reviews")
    yield from mira.shoot("reviews")
    _find(ada, FAMILY)
    ada.page.get_by_label("A colleague who treats them asked me for advice").check()
    yield from ada.shoot("closed-record")
    ada.page.get_by_role("button", name="Open it, and tell the privacy officer").click()
    ada.page.wait_for_selector("text=Special notes")
    yield from ada.shoot("opened-record")
    yield from mira.shoot("reviews-told-at-once")
    mira.page.locator(".told-at-once").get_by_role("link", name="Review it").click()
    yield from mira.shoot("review")
    mira.page.get_by_label("Appropriate").check()
    mira.page.get_by_role("button", name="Record the review").click()
    _find(mira, FAMILY)
    yield from mira.shoot("who-looked")
    looked = mira.page.url
    for link, name in (
        ("Statement for the person", "statement"),
        ("How guarded it is", "how-guarded"),
    ):
        mira.open(looked)
        mira.page.get_by_role("link", name=link).click()
        yield from mira.shoot(name)


def _find(desk: Desk, family: str) -> None:
    desk.open("/people")
    desk.page.get_by_label("What do you know of them?").fill(family)
    desk.press("Enter")
    desk.page.locator("main li a").first.click()
    desk.page.wait_for_timeout(SETTLE)


def _looked_after(sam: Desk) -> Iterator[tuple[str, bytes]]:
    """Show what an IT officer looks after: keys, other systems, support, heads on paper."""
    for path, name in (
        ("/keyring/keys", "keys"),
        ("/keyring/shift-sheet", "shift-sheet"),
        ("/clients/", "clients"),
        ("/identity/support", "support"),
        ("/identity/staff", "staff"),
    ):
        sam.open(path)
        yield from sam.shoot(name)
