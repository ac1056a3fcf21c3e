"""What the pages of forms share: which form, and whether its record may be opened."""

from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from standfast.continuity import gathering, tables
from standfast.continuity.commands import Fate, NoteForm
from standfast.continuity.fields import Section, sections
from standfast.continuity.model_form import FORM, PaperForm
from standfast.continuity.model_pack import PACK
from standfast.continuity.tables import IssuedRow, PackRow
from standfast.continuity.times import LONDON
from standfast.facts.contact import case_reference
from standfast.facts.on_paper import PaperContent
from standfast.web.pages import actor, open_record, platform
from standfast.web.platform import Actor, Platform

KEY: Final = "continuity.key"
SIGN: Final = "continuity.sign"


@dataclass(frozen=True)
class Asked:
    """A request about one form: the platform, who asks, and what is known of the form."""

    here: Platform
    who: Actor
    issued: IssuedRow
    pack: PackRow
    form: PaperForm

    @property
    def now(self) -> datetime:
        return self.here.clock()

    @property
    def about(self) -> dict[str, Any]:
        """What every command of a form says."""
        return {
            "form_id": self.issued.form_id,
            "pack_id": self.issued.pack_id,
            "org": self.who.org,
            "number": self.issued.number,
            "by": self.who.staff_id,
            "by_name": self.who.name,
        }

    @property
    def shown(self) -> dict[str, Any]:
        """What every page of a form is given."""
        return {
            "issued": self.issued,
            "pack": self.pack,
            "form": self.form,
            "reference": case_reference(self.issued.form_id),
        }

    @property
    def twice(self) -> bool:
        """Whether the clocks have changed since the pack was printed."""
        then, now = (each.astimezone(LONDON) for each in (self.pack.printed_at, self.now))
        return then.utcoffset() != now.utcoffset()

    async def parts(self) -> tuple[Section, ...]:
        """Return the parts of the form, with their fields."""
        return sections(await self.content(), self.issued.protocol, twice=self.twice)

    async def content(self) -> PaperContent | None:
        """Return the questions on the form; None where it has none, or they are others by now."""
        content = await gathering.content_of(self.here, self.who.org)
        return content if content and content.version == self.pack.content else None


async def asked(request: Request) -> Asked:
    """Return what a request about a form needs. Another organisation's is not there."""
    here, who = platform(request), actor(request)
    issued = await tables.issued(here.db, who.org, request.path_params["form_id"])
    pack = await tables.pack(here.db, who.org, issued.pack_id) if issued else None
    if issued is None or pack is None:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    form = await here.state(FORM, issued.form_id)
    ours = (
        form if form.org == who.org else FORM.initial
    )  # another site can have begun its stream
    return Asked(here, who, issued, pack, ours)


async def opened(request: Request, ask: Asked, *, needs: str) -> Response | None:
    """Return None once it is on disk that the form's case is opened, if it is one yet."""
    if ask.form.keyed is None:
        return None
    return await open_record(request, "case", ask.issued.form_id, needs=needs)


async def begin(ask: Asked) -> None:
    """Note that somebody has begun to key the form. Raises Refused: it is void."""
    if ask.issued.fate in (Fate.OUT, Fate.MISSING, Fate.VOID):
        command = NoteForm(number=ask.issued.number, step=Fate.BEGUN)
        await ask.here.execute(PACK, ask.issued.pack_id, command, actor=ask.who)
