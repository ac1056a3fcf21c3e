"""What the forms about a copy ask for, and what they say when it is missing."""

from datetime import datetime
from typing import Final

from standfast.records.model_copies import (
    AccountForExport,
    PrepareExport,
    ReleaseExport,
    ReportLoss,
    WithdrawExport,
)
from standfast.web.forms import Form

PREPARE: Final = Form(
    PrepareExport,
    {
        "asked_on": "Enter the day the request came",
        "reason": "Enter how you know that it is them, in ten characters or more",
    },
)
RELEASE: Final = Form(
    ReleaseExport,
    {
        "holder": "Enter who gets the copy",
        "way": "Enter how it reaches them",
        "expires_on": "Enter by when you will know that it arrived",
    },
)
WITHDRAW: Final = Form(WithdrawExport, {"reason": "Enter why, in ten characters or more"})
ACCOUNT: Final = Form(
    AccountForExport,
    {"outcome": "Choose what became of it", "note": "Enter less than 2,000 characters"},
)
LOSS: Final = Form(
    ReportLoss,
    {
        "circumstances": "Enter what happened, in ten characters or more",
        "known_at": "Enter when it became known",
    },
)


def with_zone(typed: str) -> str:
    """Return a time as a browser sends it, of this place, with its offset."""
    try:
        return datetime.fromisoformat(typed).astimezone().isoformat()
    except ValueError:
        return typed
