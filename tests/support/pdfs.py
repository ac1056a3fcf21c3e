"""PDFs made by hand, byte by byte: letters that do nothing, and the ways in which others act."""

import zlib
from collections.abc import Mapping
from typing import Final

FLATE: Final = b"/Filter/FlateDecode"
CATALOG: Final = b"<</Type/Catalog/Pages 2 0 R%s>>"
PAGES: Final = b"<</Type/Pages/Kids[%s]/Count %d>>"
PAGE: Final = (
    b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R"
    b"/Resources<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>%s>>"
)
WORDS: Final = b"BT /F1 12 Tf 60 780 Td (Margaret Elmwood was seen at the clinic.) Tj ET"
SCRIPT: Final = b"<</S/JavaScript/JS(app.alert(1))>>"


def stream(held: bytes, about: bytes = b"", begins: bytes = b"stream\n") -> bytes:
    """Return a stream object of these bytes as they are, with what else *about* says of it."""
    return b"<<%s/Length %d>>%s%s\nendstream" % (about, len(held), begins, held)


def parts(root: bytes = b"", page: bytes = b"", words: bytes | None = None) -> dict[int, bytes]:
    """Return the objects of a letter of one page."""
    return {
        1: CATALOG % root,
        2: PAGES % (b"3 0 R", 1),
        3: PAGE % page,
        4: stream(zlib.compress(WORDS), FLATE) if words is None else words,
    }


def written(objects: Mapping[int, bytes], trailer: bytes = b"") -> bytes:
    """Return a file of *objects*, with a table of where each begins."""
    out, starts = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"), {}
    for number, held in objects.items():
        starts[number] = len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, held)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (max(objects) + 1)
    for number in range(1, max(objects) + 1):
        at = starts.get(number)
        out += b"%010d 00000 n \n" % at if at is not None else b"0000000000 65535 f \n"
    out += b"trailer\n<</Size %d/Root 1 0 R%s>>\n" % (max(objects) + 1, trailer)
    return bytes(out) + b"startxref\n%d\n%%%%EOF\n" % table


def letter(root: bytes = b"", page: bytes = b"", **more: bytes) -> bytes:
    """Return a letter of one page; *root* and *page* are what else stands in these."""
    return written(parts(root, page, more.get("words")))


HIDDEN: Final = CATALOG.replace(b"/Type", b"/T#79pe") % (b"/OpenAction" + SCRIPT)
"""What a file says of itself, with a script that runs as it opens. Its type is oddly spelt."""


def hiding(held: bytes, about: bytes, first: int = 4, begins: bytes = b"stream\n") -> bytes:
    """Return a letter whose object 1 stands packed in object 5, where ``1 0 `` comes before it."""
    objects = parts()
    del objects[1]
    objects[5] = stream(held, b"%s/N 1/First %d" % (about, first), begins)
    out, starts = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"), {}
    for number, each in objects.items():
        starts[number] = len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    where = starts[6] = len(out)
    rows = [(0, 0, 65_535), (2, 5, 0), *((1, starts[number], 0) for number in range(2, 7))]
    table = b"".join(
        kind.to_bytes(1) + at.to_bytes(4) + third.to_bytes(2) for kind, at, third in rows
    )
    about = b"/Type/XRef/Size 7/Root 1 0 R/W[1 4 2]"
    out += b"6 0 obj\n%s\nendobj\n" % stream(table, about)
    return bytes(out) + b"startxref\n%d\n%%%%EOF\n" % where


PACKED: Final = b"/Type/ObjStm/Filter/FlateDecode"


def by_two_filters() -> bytes:
    """Return a letter whose packed objects are deflated twice."""
    held = zlib.compress(zlib.compress(b"1 0 " + HIDDEN))
    return hiding(held, b"/Type/ObjStm/Filter[/FlateDecode/FlateDecode]")


def by_a_predictor() -> bytes:
    """Return a letter whose packed objects are written as differences (PNG's Sub)."""
    plain = b"1 0 " + HIDDEN
    plain += b" " * (-len(plain) % 8)
    rows = bytearray()
    for start in range(0, len(plain), 8):
        row = plain[start : start + 8]
        rows += b"\1" + bytes((a - b) % 256 for a, b in zip(row, b"\0" + row, strict=False))
    return hiding(zlib.compress(rows), PACKED + b"/DecodeParms<</Predictor 11/Columns 8>>")


def by_a_comment() -> bytes:
    """Return a letter whose packed objects begin with a remark."""
    return hiding(zlib.compress(b"%x\n1 0 " + HIDDEN), PACKED, first=7)


def by_an_odd_spelling() -> bytes:
    """Return a letter whose packed objects are told from each other by other white space."""
    about = b"/T#79pe/Obj#53tm/F#69lter[/Fl#61teDecode]"
    return hiding(zlib.compress(b"1\0000\000" + HIDDEN), about)


def by_a_space() -> bytes:
    """Return a letter that has a space behind the word ``stream``."""
    return hiding(zlib.compress(b"1 0 " + HIDDEN), PACKED, begins=b"stream \n")


def by_a_word() -> bytes:
    """Return a letter whose packed objects hold the word ``endstream``, as it is."""
    before, after = b"1 0 %endstream\n", HIDDEN
    plain, small = zlib.compressobj(0, wbits=-15), zlib.compressobj(9, wbits=-15)
    held = plain.compress(before) + plain.flush(zlib.Z_FULL_FLUSH)
    held += small.compress(after) + small.flush()
    return hiding(
        b"\x78\x9c" + held + zlib.adler32(before + after).to_bytes(4), PACKED, len(before)
    )


HIDDEN_BY: Final = {
    "two filters": by_two_filters,
    "a predictor": by_a_predictor,
    "a comment": by_a_comment,
    "an odd spelling": by_an_odd_spelling,
    "a space": by_a_space,
    "the word endstream": by_a_word,
}
"""The ways in which a script was once hidden from a search for its name."""
