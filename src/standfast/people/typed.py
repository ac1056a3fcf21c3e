"""A person as somebody types them into a form, and what is wrong with it, field by field."""

from collections.abc import Mapping
from datetime import date
from typing import Final

from msgspec import structs

from standfast.facts.people import PersonDetails
from standfast.kernel.messages import Command
from standfast.kernel.values import (
    NhsNumber,
    OptionalText,
    PhoneNumber,
    Postcode,
    Sex,
    ShortText,
    valid_nhs_number,
)
from standfast.people.model import Refusal
from standfast.people.wanted import day_of, postcode_key
from standfast.people.words import REFUSALS
from standfast.web.forms import Form, FormErrors

FIELDS: Final[Mapping[str, str]] = {
    "family": "Enter the family name",
    "given": "Enter the given name",
    "title": "Enter a shorter title",
    "preferred": "Enter a shorter preferred name",
    "born": "Enter the date of birth as a day, month and year, such as 14/03/1948",
    "sex": "Select the sex, or not known",
    "nhs_number": "Enter an NHS number of 10 digits, or leave it empty",
    "address": "Enter a shorter address",
    "postcode": "Enter a full postcode, such as HM3 4AB, or leave it empty",
    "phone": "Enter a telephone number, such as 07700 900417, or leave it empty",
    "other_phone": "Enter a telephone number, such as 01632 960417, or leave it empty",
    "gp_name": "Enter a shorter name of the practice",
    "language": "Enter a shorter language",
    "needs_interpreter": "Select whether an interpreter is needed",
}
"""Every field in the order of the page, with what is said when it is wrong."""

SEXES: Final = (
    (Sex.FEMALE.value, "Female"),
    (Sex.MALE.value, "Male"),
    (Sex.OTHER.value, "Other"),
    (Sex.UNKNOWN.value, "Not known"),
)


class TypedDetails(Command, frozen=True, kw_only=True):
    """Who somebody is, as typed. None: left empty."""

    family: ShortText
    given: ShortText
    title: ShortText | None
    preferred: ShortText | None
    born: date | None
    sex: Sex
    nhs_number: NhsNumber | None
    address: OptionalText
    postcode: Postcode | None
    phone: PhoneNumber | None
    other_phone: PhoneNumber | None
    gp_name: ShortText | None
    language: ShortText | None
    needs_interpreter: bool

    def details(self, before: PersonDetails | None) -> PersonDetails:
        """Return the person's details; what the form does not ask for stays as it was *before*."""
        typed = PersonDetails(
            family=self.family,
            given=self.given,
            title=self.title or "",
            preferred=self.preferred or "",
            born=self.born,
            sex=self.sex,
            nhs_number=self.nhs_number,
            address=tuple(line.strip() for line in self.address.splitlines() if line.strip()),
            postcode=_spaced(self.postcode or ""),
            phones=tuple(each for each in (self.phone, self.other_phone) if each),
            gp_name=self.gp_name or "",
            language=self.language or "English",
            needs_interpreter=self.needs_interpreter,
        )
        if before is None:
            return typed
        return structs.replace(
            typed,
            died=before.died,
            phones=typed.phones + before.phones[2:],
            point=before.point if typed.postcode == before.postcode else None,
            gp_id=before.gp_id if typed.gp_name == before.gp_name else "",
        )


_FORM: Final = Form(TypedDetails, FIELDS)


def read(
    sent: Mapping[str, str], today: date, before: PersonDetails | None = None
) -> PersonDetails | FormErrors:
    """Return who was typed, or all that is wrong with it at once."""
    born = sent.get("born", "").strip()
    day = day_of(born, today) if born else None
    number = "".join(sent.get("nhs_number", "").replace("-", " ").split())
    command = _FORM.read(
        {
            **sent,
            "born": day.isoformat() if day else born,
            "sex": sent.get("sex", ""),
            "nhs_number": number,
            "needs_interpreter": "true" if sent.get("needs_interpreter") else "false",
        }
    )
    errors = dict(command.messages) if isinstance(command, FormErrors) else {}
    if "nhs_number" not in errors and number and not valid_nhs_number(number):
        errors["nhs_number"] = REFUSALS[Refusal.INVALID_NHS_NUMBER]
    if errors or isinstance(command, FormErrors):
        return FormErrors({name: errors[name] for name in FIELDS if name in errors})
    return command.details(before)


def as_typed(details: PersonDetails) -> dict[str, str]:
    """Return the form's fields as they would be typed for *details*."""
    return {
        "family": details.family,
        "given": details.given,
        "title": details.title,
        "preferred": details.preferred,
        "born": f"{details.born:%d/%m/%Y}" if details.born else "",
        "sex": details.sex.value,
        "nhs_number": details.nhs_number or "",
        "address": "\n".join(details.address),
        "postcode": details.postcode,
        "phone": details.phones[0] if details.phones else "",
        "other_phone": details.phones[1] if len(details.phones) > 1 else "",
        "gp_name": details.gp_name,
        "language": details.language,
        "needs_interpreter": "yes" if details.needs_interpreter else "",
    }


def _spaced(postcode: str) -> str:
    key = postcode_key(postcode)
    return f"{key[:-3]} {key[-3:]}" if key else ""
