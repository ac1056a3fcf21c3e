"""What stands in ``relationships.toml``: each ground for seeing a record, and how long it lasts."""

import tomllib
from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from importlib.resources import files

import msgspec
from msgspec import Struct


class Basis(StrEnum):
    """What a relationship follows from."""

    CASE = "case"
    REFERRAL = "referral"
    INCIDENT = "incident"
    BOOKING = "booking"
    PRESCRIPTION = "prescription"
    REGISTERED = "registered"


class Lasting(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the record says of a relationship, and how long it outlasts the work."""

    says: str
    said: str
    told: str
    hours_after: int
    reason: str


@cache
def grounds() -> Mapping[str, Lasting]:
    """Return every ground by its name."""
    text = files("standfast.access").joinpath("relationships.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(text), dict[str, Lasting])


def lasting(basis: str) -> Lasting:
    """Return what holds for *basis*; for one that a newer program wrote, as for a case."""
    return grounds().get(basis) or grounds()[Basis.CASE.value]
