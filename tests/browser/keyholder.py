"""Somebody at a machine with a passkey: Chromium's virtual authenticator is their key."""

import re
from typing import Any, Final, Self

from playwright.sync_api import Browser, CDPSession, Page, expect

KEY: Final = {
    "protocol": "ctap2",
    "ctap2Version": "ctap2_1",
    "transport": "usb",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


class Keyholder:
    """One browser, one page, and the key that is in it now."""

    def __init__(self, browser: Browser, address: str, *, dark: bool = False) -> None:
        self.context = browser.new_context(
            base_url=address,
            viewport={"width": 1440, "height": 900},
            locale="en-GB",
            timezone_id="Europe/London",
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
        )
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(8000)
        self.faults: list[str] = []
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.cdp: CDPSession = self.context.new_cdp_session(self.page)
        self.cdp.send("WebAuthn.enable")
        self.key = ""

    def takes_key(self, *credentials: dict[str, Any]) -> Self:
        """Put another key in, with these credentials on it; take out the one before."""
        if self.key:
            self.cdp.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": self.key})
        added = self.cdp.send("WebAuthn.addVirtualAuthenticator", {"options": KEY})
        self.key = added["authenticatorId"]
        for each in credentials:
            self._cdp("addCredential", credential=each)
        return self

    def credentials(self) -> list[dict[str, Any]]:
        """Return what is on the key, private halves too: so it can be put in elsewhere."""
        found: list[dict[str, Any]] = self._cdp("getCredentials")["credentials"]
        return found

    def is_verified(self, *, verified: bool) -> Self:
        """Let the key find, or not find, that it is its owner who touches it."""
        self._cdp("setUserVerified", isUserVerified=verified)
        return self

    def is_touched(self, *, touched: bool) -> Self:
        self._cdp("setAutomaticPresenceSimulation", enabled=touched)
        return self

    def go(self, path: str) -> Self:
        self.page.goto(path)
        return self

    def enrols(self, staff_id: str, code: str, name: str = "Blue key") -> Self:
        """Give the code that was said, and register the key that is in."""
        self.go("/sign-in/enrol")
        self.page.get_by_label("What is your staff id?").fill(staff_id)
        self.page.get_by_label("Which code were you told?").fill(code)
        self.page.get_by_label("What do you call this key?").fill(name)
        return self.presses("Register this key")

    def signs_in(self) -> Self:
        """Press the one button of the way in; the key that is in answers."""
        return self.go("/sign-in").presses("Use your passkey")

    def signs_out(self) -> Self:
        self.page.locator("details.menu summary").click()
        self.presses("Sign out")
        self.page.wait_for_url("**/sign-in")
        return self

    def is_in_as(self, name: str) -> Self:
        expect(self.page.locator("details.menu summary")).to_contain_text(name)
        return self

    def presses(self, words: str) -> Self:
        named = re.compile(f"^{re.escape(words)}")
        button = self.page.get_by_role("button", name=named)
        button.or_(self.page.get_by_role("link", name=named)).first.click()
        return self

    def ticks_that_they_were_seen(self) -> Self:
        self.page.get_by_label("I have seen").check()
        return self

    def sees(self, text: str) -> Self:
        expect(self.page.locator("body")).to_contain_text(text)
        return self

    def _cdp(self, method: str, **known: Any) -> Any:
        return self.cdp.send(f"WebAuthn.{method}", {"authenticatorId": self.key, **known})
