"""The browser that somebody sits at: what it is known by, and what it is called in our words.

Nothing that a browser says of itself is kept or shown: only which of our own words it fits.
"""

import hashlib
from typing import Final

from starlette.requests import Request

from standfast.facts.notices import Device
from standfast.web.pages import platform, visitor
from standfast.web.platform import Platform

DEVICE: Final = "standfast-device"
"""What this browser is known by, so that one person has one session at it."""

DEVICE_FOR: Final = 400 * 24 * 3600
"""Seconds. Browsers keep no cookie longer."""

_BROWSERS: Final = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
"""Which word is said first decides: Edge and Opera say that they are Chrome, too."""

_SYSTEMS: Final = (
    ("Windows", "Windows"),
    ("iPhone", "an iPhone"),
    ("iPad", "an iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Mac OS", "a Mac"),
    ("Linux", "Linux"),
)

_MARK: Final = 4
"""Letters of a device's mark. It tells one person's few apart, and proves nothing."""


def device_of(request: Request) -> Device:
    """Return the browser that *request* comes from, and the session that is open in it."""
    who = visitor(request)
    known = request.cookies.get(device_cookie(platform(request)), "")
    return Device(
        words=browser_words(request),
        device_hash=hash_of(known) if known else "",
        session_id=who.session_id if who else "",
    )


def browser_words(request: Request) -> str:
    """Return what browser it says it is, such as "Chrome on Windows"; empty if none we know."""
    said = request.headers.get("user-agent", "")
    browser = next((word for sign, word in _BROWSERS if sign in said), "")
    system = next((word for sign, word in _SYSTEMS if sign in said), "")
    return f"{browser} on {system}" if browser and system else browser or system


def mark_of(device_hash: str) -> str:
    """Return the few letters that a device is called by on screen; empty: it has none."""
    return device_hash[:_MARK].upper()


def place_of(words: str, device_hash: str) -> str:
    """Return a device in words, such as "Chrome on Windows, device 3F9A"."""
    mark = mark_of(device_hash)
    return f"{words or 'A browser'}, {f'device {mark}' if mark else 'not signed in at before'}"


def device_cookie(here: Platform) -> str:
    """Return the name of the cookie that a browser is known by."""
    return f"__Host-{DEVICE}" if here.settings.secure_cookies else DEVICE


def hash_of(token: str) -> str:
    """Return what we keep of *token*."""
    return hashlib.sha256(token.encode()).hexdigest()
