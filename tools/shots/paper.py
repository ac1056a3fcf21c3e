"""Paper: a pack, and one of its forms coming back in beside its picture."""

import io
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

import msgspec
import typst
from PIL import Image, ImageDraw, ImageFilter, ImageFont
from playwright.sync_api import Browser

from standfast.continuity.codes import form_code, pack_number
from standfast.continuity.printing import TEMPLATES, Cover, forms_data
from standfast.continuity.times import LONDON
from standfast.facts.continuity import IssuedForm, PackPrinted
from standfast.facts.on_paper import Telephone
from standfast.triage.paper import on_paper
from tools.shots.desk import Desk

INK: Final = (24, 40, 120)
DOTS: Final = 150
"""To the inch: what an old scanner gives."""

WRITTEN: Final = (
    (138, 240, "{hours}"),
    (205, 240, "{minutes}"),
    (500, 232, "Sam Oduya"),
    (210, 274, "Dora Pell"),
    (680, 274, "daughter"),
    (90, 352, "4 Quay Street, flat 2"),
    (90, 400, "Northbridge"),
    (190, 584, "PELL"),
    (740, 582, "Arthur"),
)
"""What somebody wrote on the first side, and where: dots from the left and from the top."""


def paper(browser: Browser, address: str) -> Iterator[tuple[str, bytes]]:
    """Make a pack, and key a form of it from its picture."""
    ruth, amira = (Desk(browser, address, each) for each in ("ruth.calder", "amira.khan"))
    ruth.open("/continuity/packs")
    ruth.page.get_by_role("button", name="Make the pack").click()
    ruth.page.wait_for_selector("text=Issued = entered + void")
    yield from ruth.shoot("pack")
    pack_id = ruth.page.url.rpartition("/")[2]
    amira.open("/continuity/")
    amira.page.fill("#code", form_code(pack_number(pack_id), 1))
    amira.page.get_by_role("button", name="Open the form").click()
    photo = {"name": "form.jpg", "mimeType": "image/jpeg", "buffer": photographed(pack_id)}
    amira.page.set_input_files("#file", photo)  # type: ignore[arg-type]
    amira.page.get_by_role("button", name="Add it").click()
    amira.page.wait_for_selector(".paper img")
    now = datetime.now(UTC).astimezone(LONDON)
    for name, value in (
        ("begun", f"{now:%H%M}"),
        ("taken_by", "Sam Oduya"),
        ("caller_name", "Dora Pell"),
        ("relationship", "daughter"),
        ("address", "4 Quay Street, flat 2, Northbridge"),
    ):
        amira.page.fill(f"#{name}", value)
    amira.page.focus("#postcode")
    yield from amira.shoot("paper-form")


def photographed(pack_id: str) -> bytes:
    """Return the first form of a pack as it comes back: written on, and photographed."""
    now = datetime.now(UTC)
    printed = PackPrinted(
        pack_id=pack_id,
        org="",
        number=pack_number(pack_id),
        forms=(IssuedForm(number=1),),
        content="",
        by="",
        by_name="Ruth Calder",
        printed_at=now,
        valid_until=now,
    )
    desk = Telephone(kind="", name="Ambulance desk", phone="01632960999", always_open=True)
    cover = Cover(
        site="Harrowmere",
        org_name="Harrowmere Urgent Care",
        ambulance=desk,
        ring=(),
        telephones=(),
        demonstration=True,
    )
    data = msgspec.json.encode(forms_data(printed, cover, on_paper())).decode()
    sides = typst.compile(
        TEMPLATES / "forms.typ", format="png", ppi=DOTS, sys_inputs={"pack": data}
    )
    page = Image.open(io.BytesIO(sides[-2])).convert("RGB")
    pen, hand = ImageDraw.Draw(page), ImageFont.load_default(size=24)
    local = now.astimezone(LONDON)
    for x, y, words in WRITTEN:
        said = words.format(hours=f"{local:%H}", minutes=f"{local:%M}")
        pen.text((x, y), said, fill=INK, font=hand)
    photo = page.rotate(0.6, expand=True, fillcolor=(200, 200, 196)).filter(
        ImageFilter.GaussianBlur(0.6)
    )
    out = io.BytesIO()
    photo.save(out, "JPEG", quality=70)
    return out.getvalue()
