"""What somebody must read before a copy is handed out, and taking out what stays back. Pure.

A text that stays back is taken out wherever it stands: in every sentence, row and fact.
"""

import hashlib
from collections.abc import Collection, Iterator
from typing import Any, Final

from msgspec import Struct

from standfast.facts.files import KeptFile
from standfast.records.gathering import HOME_ENTRY_HELD, Gathered

WITHHELD: Final = "[left out]"

THIRD_PARTY: Final = frozenset({"name", "relationship", "whose", "spoken_to"})
"""Fields that as a rule are about somebody who is not the patient."""

OWN: Final = frozenset({"patient", "details", "allergies", "medicines"})
"""Parts that are about the person themselves, and need no reading."""

HARMLESS: Final = frozenset(
    {
        *("type", "org", "from_org", "to_org", "reference", "by", "by_name", "staff_id"),
        *(
            "staff_name",
            "actor",
            "source",
            "status",
            "stage",
            "state",
            "kind",
            "code",
            "version",
        ),
        *("role", "way", "purpose", "basis", "act", "key", "category", "priority", "title"),
        *("incident_number", "holder", "callsign", "desk", "label", "channel"),
        *("question", "answer", "sha256", "seen", "gp_name", "postcode", "address", "language"),
        *("sent_by", "opened_by", "passed_on_by", "state_by", "noted_by", "fingerprint"),
    }
)
"""Fields that say nothing of anybody else: references, words of the program, who did it."""

OF_THE_PROGRAM: Final = frozenset({"rang from", HOME_ENTRY_HELD})
"""What the program itself writes into a field for people's words."""

LEAST_DIGITS: Final = 9
"""A text with so many digits and nothing else may be somebody's telephone."""

LEDGER: Final = "records.export"

LEAST: Final = 4
"""Characters. Anything shorter would be taken out of the middle of words."""


class Text(Struct, frozen=True, kw_only=True):
    """One text to read: what it says, where it first stood, and why it is to be read."""

    text_id: str
    text: str
    where: str
    third_party: bool
    address: str = ""
    """Where it can be looked at, if it is a file."""


def texts(gathered: Gathered) -> list[Text]:
    """Return every text that may be about somebody else or do harm, each once, in order."""
    found: dict[str, Text] = {each.sha256: _of_file(each) for each in gathered.files}
    for entry in gathered.entries:
        if entry.kind == LEDGER:
            continue  # the officer's own words about this copy, which change as it is made
        for name, value in _leaves(entry.body, ""):
            if name in HARMLESS or name.endswith(("_id", "_at", "_hash")) or len(value) < LEAST:
                continue
            third_party = name in THIRD_PARTY
            if value in OF_THE_PROGRAM or not (third_party or " " in value or _is_phone(value)):
                continue
            text_id = hashlib.sha256(value.encode()).hexdigest()
            known = found.get(text_id)
            if known is None or (third_party and not known.third_party):
                found[text_id] = Text(
                    text_id=text_id,
                    text=value,
                    where=f"{entry.at:%d-%b-%Y %H:%M}, {name.replace('_', ' ')}",
                    third_party=third_party,
                )
    return sorted(found.values(), key=lambda each: not each.third_party)


def _of_file(file: KeptFile) -> Text:
    """Return a file as a thing to look at: others may be in a picture, or named in a letter."""
    return Text(
        text_id=file.sha256,
        text=f"The file {file.name}",
        where=f"{file.attached_at:%d-%b-%Y %H:%M}, file",
        third_party=False,
        address=f"/files/cases/{file.case_id}/{file.file_id}",
    )


def seen(to_read: Collection[Text]) -> str:
    """Return one hash of everything there is to read."""
    whole = "\n".join(sorted(each.text_id for each in to_read))
    return hashlib.sha256(whole.encode()).hexdigest()


def without(value: Any, withheld: Collection[str]) -> Any:
    """Return *value*, of dicts, lists and texts, with every withheld text taken out of it."""
    if isinstance(value, str):
        for each in sorted(withheld, key=len, reverse=True):
            value = value.replace(each, WITHHELD)
        return value
    if isinstance(value, dict):
        return {key: without(each, withheld) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [without(each, withheld) for each in value]
    return value


def _is_phone(value: str) -> bool:
    digits = value.lstrip("+").replace(" ", "")
    return digits.isdigit() and len(digits) >= LEAST_DIGITS


def _leaves(value: Any, name: str) -> Iterator[tuple[str, str]]:
    """Yield every text in *value* with the name of its field; not what is the person's own."""
    if isinstance(value, str):
        yield name, value
    elif isinstance(value, dict):
        for key, each in value.items():
            if key not in OWN:
                yield from _leaves(each, key)
    elif isinstance(value, list):
        for each in value:
            yield from _leaves(each, name)
