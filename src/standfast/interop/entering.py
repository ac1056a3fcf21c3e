"""What a referral says of the way into a home, taken out of it so that it can be sealed. Pure.

BaRS gives it no field of its own: it comes as a flag, by its category or by its words.
"""

from typing import Final

import re2
from msgspec.structs import replace

from standfast.facts.interop import Referral, ReferralFlag

ACCESS: Final = "AC"
"""The category of flags-categories-bars for access."""

SEALED_ORIGINAL: Final = "how to get into the home (sealed, with the message as it came)"
LOST: Final = "how to get into the home (it could not be kept: ask the sender)"

_SAYS_SO: Final = re2.compile(
    r"(?i)\bkey[ -]?(safe|box|code|lock)|\b(door|gate|entry|access)[ -]?(code|key|fob|number)\b"
)


def way_in(referral: Referral) -> str:
    """Return all that *referral* says of the way in; empty: nothing."""
    return "\n".join(_words(flag) for flag in referral.flags if _is_way_in(flag))


def without_way_in(referral: Referral, *, kept: bool) -> Referral:
    """Return *referral* without it, and with a word on where it is."""
    return replace(
        referral,
        flags=tuple(flag for flag in referral.flags if not _is_way_in(flag)),
        not_shown=(*referral.not_shown, SEALED_ORIGINAL if kept else LOST),
    )


def _is_way_in(flag: ReferralFlag) -> bool:
    words = f"{flag.category_name} {_words(flag)}"
    return flag.category == ACCESS or _SAYS_SO.search(words) is not None


def _words(flag: ReferralFlag) -> str:
    return "; ".join(code.display or code.code for code in flag.says)
