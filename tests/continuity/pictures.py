"""Photographs of forms, as poor as they come."""

import io
from typing import Final

from PIL import Image, ImageDraw, ImageFilter

from standfast.continuity.codes import square

WIDTH: Final = 1240
"""Dots of a side of A4 at 150 to the inch, which is what an old scanner gives."""


def drawn(code: str, dot: int) -> Image.Image:
    """Return the square code as it lies on paper, with the margin that the layout leaves."""
    rows = square(code)
    size = len(rows)
    picture = Image.new("L", (size + 8, size + 8), 255)
    for y, row in enumerate(rows):
        for x, each in enumerate(row):
            picture.putpixel((x + 4, y + 4), 0 if each == "1" else 255)
    side = picture.width * dot
    return picture.resize((side, side), Image.Resampling.NEAREST)


def page_of(*codes: str, turn: float = 0.0) -> bytes:
    """Return a photograph of a form: grey, blurred, askew, packed."""
    page = Image.new("L", (WIDTH, int(WIDTH * 1.414)), 250)
    pen = ImageDraw.Draw(page)
    for line in range(300, page.height, 60):
        pen.line((60, line, WIDTH - 60, line), fill=90)
    for n, code in enumerate(codes):
        page.paste(drawn(code, 4), (980 - 300 * n, 40))
    photo = page.rotate(turn, expand=True, fillcolor=120).filter(ImageFilter.GaussianBlur(0.9))
    out = io.BytesIO()
    photo.convert("RGB").save(out, "JPEG", quality=40)
    return out.getvalue()
