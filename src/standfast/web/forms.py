"""Reading an HTML form straight into a command, with a plain sentence for every mistake."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, get_type_hints

import msgspec
from starlette.requests import Request

from standfast.kernel.messages import SomeCommand
from standfast.web.hostile import without_control


@dataclass(frozen=True)
class FormErrors:
    """What to tell the person: a sentence for each field, in the order of the page.

    The key ``""`` holds a sentence about the form as a whole.
    """

    messages: Mapping[str, str]


@dataclass(frozen=True)
class Form(Generic[SomeCommand]):
    """A form that fills in *command*: its fields, each with the sentence shown if it is wrong.

    The command's own type hints say what is right, so the same rule holds for a form, a FHIR
    message and a test.
    """

    command: type[SomeCommand]
    fields: Mapping[str, str]

    def read(self, sent: Mapping[str, object], **known: object) -> SomeCommand | FormErrors:
        """Return the command *sent* describes, or every error at once.

        *known* are the command's remaining fields, from the path or the session.
        """
        hints = get_type_hints(self.command, include_extras=True)
        values: dict[str, Any] = dict(known)
        errors: dict[str, str] = {}
        for name, sentence in self.fields.items():
            text = str(sent.get(name, "")).strip()
            try:
                values[name] = _field(text, hints[name])
            except msgspec.ValidationError:
                errors[name] = sentence
        return FormErrors(errors) if errors else msgspec.convert(values, self.command)


def place_of(error: msgspec.ValidationError) -> str:
    """Return where in what was sent *error* found something wrong: never what stood there."""
    return str(error).rpartition(" - at ")[2].strip("`") if " - at " in str(error) else "$"


async def sent_form(request: Request) -> dict[str, str]:
    """Return the text fields that were sent; of a field sent twice the latest."""
    async with request.form(max_files=0, max_fields=200) as form:
        texts = {name: value for name, value in form.items() if isinstance(value, str)}
    return {name: without_control(text) for name, text in texts.items()}


def _field(text: str, hint: Any) -> Any:
    """Return *text* as *hint* wants it; an empty field means None where None is allowed."""
    try:
        return msgspec.convert(text, hint, strict=False)
    except msgspec.ValidationError:
        if text == "":
            return msgspec.convert(None, hint)
        raise
