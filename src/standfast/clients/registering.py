"""What somebody enters about a client, read into a command, with every mistake named at once."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
import re2

from standfast.clients.keys import BadKeys, read_keys
from standfast.clients.model import ChangeClient, ClientId, RegisterClient
from standfast.facts.clients import Algorithm, ClientKey, Quota, Scope
from standfast.outbound.allowed import NotAllowed, Place, find
from standfast.web.forms import FormErrors

MOST_ODS_CODES: Final = 20
OVERLAPS: Final[Mapping[str, timedelta]] = {
    "now": timedelta(),
    "week": timedelta(days=7),
    "month": timedelta(days=30),
}
"""For how long a retired key may go on beside the new one."""

_ODS: Final = re2.compile(r"[A-Z0-9]{3,12}")
_NAME: Final = re2.compile(r"[A-Za-z0-9][A-Za-z0-9.:/*_-]{0,250}")
_MOST: Final[Mapping[str, tuple[int, str]]] = {
    "per_minute": (100_000, "calls a minute"),
    "in_flight": (1_000, "calls at once"),
    "kilobytes_per_minute": (10_000_000, "kilobytes a minute"),
}


def read_registration(
    sent: Mapping[str, str], *, org: str, by: str, now: datetime, places: tuple[Place, ...] = ()
) -> RegisterClient | FormErrors:
    """Return the order to register the client that *sent* describes, or every error.

    *places* are those that this site may ask: nobody's keys are fetched from elsewhere.
    """
    errors: dict[str, str] = {}
    try:
        client_id = msgspec.convert(sent.get("client_id", "").strip(), ClientId)
    except msgspec.ValidationError:
        client_id = ""
        errors["client_id"] = "Enter an id of 3 to 63 small letters, digits, dots and dashes"
    shared = _shared(sent, errors)
    jwks_uri = _jwks_uri(sent, places, errors)
    is_published = jwks_uri != "" and not sent.get("public_keys", "").strip()
    algorithm = next((each for each in Algorithm if each == sent.get("algorithm")), None)
    keys: tuple[ClientKey, ...] = ()
    if algorithm is None:
        errors["algorithm"] = "Select how the client signs"
        if not sent.get("public_keys", "").strip() and not jwks_uri:
            errors["public_keys"] = "Enter a JWKS or a certificate"
    elif not is_published:
        keys = _keys(sent, algorithm, now, errors)
    if errors or algorithm is None:
        return FormErrors(errors)
    return RegisterClient(
        client_id=client_id,
        org=org,
        algorithm=algorithm,
        keys=keys,
        by=by,
        jwks_uri=jwks_uri,
        **shared,
    )


def read_change(sent: Mapping[str, str], *, by: str) -> ChangeClient | FormErrors:
    """Return the order to change what the client may do, or every error."""
    errors: dict[str, str] = {}
    shared = _shared(sent, errors)
    return FormErrors(errors) if errors else ChangeClient(by=by, **shared)


def read_new_key(
    sent: Mapping[str, str], algorithm: Algorithm, now: datetime
) -> tuple[ClientKey, ...] | FormErrors:
    """Return the keys that were entered for a client that has some, or every error."""
    errors: dict[str, str] = {}
    keys = _keys(sent, algorithm, now, errors)
    return FormErrors(errors) if errors else keys


def read_reason(sent: Mapping[str, str]) -> str | FormErrors:
    """Return why something is done, or that nobody said."""
    reason = sent.get("reason", "").strip()
    if not reason:
        return FormErrors({"reason": "Enter why, for whoever reads it later"})
    return reason[:200]


def _shared(sent: Mapping[str, str], errors: dict[str, str]) -> dict[str, Any]:
    """Return what can also be changed later; put what is wrong into *errors*."""
    name = sent.get("name", "").strip()
    if not 0 < len(name) <= 200:  # noqa: PLR2004 - kernel.values.ShortText
        errors["name"] = "Enter what the other system is called"
    listed = sent.get("speaks_for", "").upper().replace(",", " ").replace(";", " ")
    codes = tuple(dict.fromkeys(listed.split()))
    wrong = [code for code in codes if not _ODS.fullmatch(code)]
    if not codes or wrong or len(codes) > MOST_ODS_CODES:
        errors["speaks_for"] = (
            "Enter the ODS codes of the organisations that it sends for, such as RX9"
        )
    scopes = tuple(scope for scope in Scope if sent.get(f"scope_{scope.name.lower()}"))
    if not scopes:
        errors["scope_send"] = "Tick at least one thing that it may do"
    certificate = sent.get("certificate_name", "").strip()
    if certificate and not _NAME.fullmatch(certificate):
        errors["certificate_name"] = (
            "Enter the name as it stands in the certificate, such as bars-rx9.example.nhs.uk"
        )
    quota = {name: _number(sent, name, errors) for name in _MOST}
    return {
        "name": name,
        "speaks_for": codes,
        "scopes": scopes,
        "certificate_name": certificate,
        "quota": Quota(**quota),
    }


def _jwks_uri(
    sent: Mapping[str, str], places: tuple[Place, ...], errors: dict[str, str]
) -> str:
    """Return where the client publishes its keys, if the site may ask there; else nothing."""
    uri = sent.get("jwks_uri", "").strip()
    if not uri:
        return ""
    try:
        find(uri, places)
    except NotAllowed:
        errors["jwks_uri"] = (
            "Enter an address that this site may ask: have it listed in STANDFAST_OUTBOUND "
            "first, or leave it empty and enter the keys"
        )
        return ""
    return uri


def _number(sent: Mapping[str, str], name: str, errors: dict[str, str]) -> int:
    most, words = _MOST[name]
    text = sent.get(name, "").strip() or str(getattr(Quota(), name))
    if text.isascii() and text.isdigit() and len(text) < 9 and 0 < int(text) <= most:  # noqa: PLR2004
        return int(text)
    errors[name] = f"Enter how many {words}: a number from 1 to {most:,}"
    return 1


def _keys(
    sent: Mapping[str, str], algorithm: Algorithm, now: datetime, errors: dict[str, str]
) -> tuple[ClientKey, ...]:
    try:
        return read_keys(sent.get("public_keys", ""), algorithm, now)
    except BadKeys as bad:
        errors["public_keys"] = ". ".join(bad.sentences)
        return ()
