"""The way in, and a record that is closed: pictures of what guards the patients."""

from collections.abc import Iterator

from playwright.sync_api import Browser

from tools.shots.desk import Desk


def guarded(browser: Browser, address: str) -> Iterator[tuple[str, bytes]]:
    """Enrol somebody, lock a screen; open a closed record, review it, see who looked."""
    ruth, sam, joe = (
        Desk(browser, address, each) for each in ("ruth.calder", "sam.whitlock", "joe.tran")
    )
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
    joe.page.locator("details.menu summary").click()
    joe.page.get_by_role("button", name="Lock or switch").click()
    yield from joe.shoot("locked")
    for path, name in (("/sign-in", "sign-in"), ("/sign-in/enrol", "first-passkey")):
        joe.open(path)
        yield from joe.shoot(name)
