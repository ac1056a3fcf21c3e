"""Files that are no pictures, or too much of a picture. PDFs: test_pdf.py."""

import io
import struct
import threading
import warnings
import zlib
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from standfast.web.unfit import NotTaken, Unfit
from standfast.web.uploads import LARGEST, THUMB, WIDEST, Kind, kept_name, take

CANARY: Final = b"51.5074 N canary"


def picture(form: str, size: tuple[int, int] = (640, 480), **more: object) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, (180, 60, 60)).save(out, form, **more)
    return out.getvalue()


def huge_png() -> bytes:
    """Return a picture of 30,000 by 30,000 in a few bytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        whole = kind + data
        return struct.pack(">I", len(data)) + whole + struct.pack(">I", zlib.crc32(whole))

    head = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0" * 9_000))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_a_picture_is_drawn_anew_without_whatever_rode_along(form: str) -> None:
    exif = Image.Exif()
    exif[0x010E] = CANARY.decode()
    info = PngInfo()
    info.add_text("where", CANARY.decode())
    more = {"pnginfo": info} if form == "PNG" else {"exif": exif}
    sent = picture(form, **more) + b"PK\x03\x04" + CANARY
    taken = take(sent)

    assert CANARY in sent
    assert taken.kind is Kind.JPEG
    assert CANARY not in taken.body + taken.thumb
    kept = Image.open(io.BytesIO(taken.body))
    assert (kept.size, len(kept.getexif())) == ((640, 480), 0)
    assert max(Image.open(io.BytesIO(taken.thumb)).size) == THUMB


def test_a_picture_that_lies_on_its_side_stands_up() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    assert Image.open(io.BytesIO(take(picture("JPEG", exif=exif)).body)).size == (480, 640)


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
@pytest.mark.parametrize(
    "exif",
    [
        b"Exif\0\0II*\0\x08\0\0\0\x03\0\x0f\x01\x02\0\xff\0\0\0\xf0\xff\0\0\x12",
        b"Exif\0\0MM\0*\xff\xff\xff\xff",
        b"Exif\0\0II*\0\x08\0\0\0\xff\xff\x12\x01",
        b"Exif\0\0nothing",
    ],
    ids=range(4),
)
def test_a_picture_whose_exif_is_damaged_is_taken_without_it(exif: bytes) -> None:
    taken = take(picture("JPEG", exif=exif))

    assert Image.open(io.BytesIO(taken.body)).size == (640, 480)


@pytest.mark.filterwarnings("default")
def test_two_pictures_at_once_leave_the_filters_of_warnings_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The first to begin is the last to end: each would put back what the other had set."""
    before, was, sent = warnings.filters, list(warnings.filters), picture("JPEG")
    first_is_in, second_is_in, first_is_out = (threading.Event() for _ in range(3))
    opens, turns = Image.open, iter(["first", "second"])

    def waits(*given: Any, **more: Any) -> Any:
        if next(turns) == "first":
            first_is_in.set()
            assert second_is_in.wait(10)
        else:
            second_is_in.set()
            assert first_is_out.wait(10)
        return opens(*given, **more)

    monkeypatch.setattr(Image, "open", waits)
    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(take, sent)
        assert first_is_in.wait(10)
        second = threads.submit(take, sent)
        first.result(10)
        first_is_out.set()
        second.result(10)

    assert warnings.filters is before
    assert list(warnings.filters) == was


def test_a_large_picture_is_kept_small_and_by_its_hash() -> None:
    taken = take(picture("JPEG", (4000, 3000)))

    assert max(Image.open(io.BytesIO(taken.body)).size) == WIDEST
    assert taken.sha256 == take(picture("JPEG", (4000, 3000))).sha256
    assert len(taken.body) <= LARGEST


def _moving() -> bytes:
    frames = [Image.new("RGB", (9, 9), (n, 0, 0)) for n in range(3)]
    out = io.BytesIO()
    frames[0].save(out, "PNG", save_all=True, append_images=frames[1:])
    return out.getvalue()


UNFIT: Final = [
    (b"", Unfit.EMPTY),
    (picture("PNG") + b"\0" * LARGEST, Unfit.TOO_LARGE),
    (b"GIF89a" + b"\0" * 50, Unfit.WRONG_KIND),
    (b"PK\x03\x04" + b"\0" * 50, Unfit.WRONG_KIND),
    (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", Unfit.WRONG_KIND),
    (b"<html><script>alert(1)</script>", Unfit.WRONG_KIND),
    (b"MZ\x90\0", Unfit.WRONG_KIND),
    (b"\n%PDF-1.4\n%%EOF", Unfit.WRONG_KIND),
    (picture("JPEG")[:400], Unfit.DAMAGED),
    (b"\xff\xd8\xff" + b"<script>" * 9, Unfit.DAMAGED),
    (b"RIFF\0\0\0\0WEBP", Unfit.DAMAGED),
    (huge_png(), Unfit.TOO_MANY_PIXELS),
    (_moving(), Unfit.MOVES),
]


@pytest.mark.parametrize(("body", "why"), UNFIT, ids=range(len(UNFIT)))
def test_what_is_unfit_is_refused_for_what_is_wrong(body: bytes, why: Unfit) -> None:
    with pytest.raises(NotTaken) as refused:
        take(body)

    assert refused.value.why is why


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("rash.JPG", "rash.jpg"),
        ("letter.pdf.html", "letter.pdf.jpg"),
        ("C:\\Users\\amira\\rash.png", "rash.jpg"),
        ("../../etc/passwd", "passwd.jpg"),
        ("", "file.jpg"),
        ("...", "file.jpg"),
        (".html", "file.jpg"),
        ("a\r\nSet-Cookie: b\0.jpg", "a Set-Cookie: b.jpg"),
        ("gpj.\u202ehsar", "gpj.jpg"),
        ("e\u0301cze\u0301ma.webp", "\u00e9cz\u00e9ma.jpg"),
        ("x" * 500, "x" * 100 + ".jpg"),
    ],
)
def test_a_name_keeps_nothing_but_its_words_and_what_the_file_is(sent: str, kept: str) -> None:
    assert kept_name(sent, Kind.JPEG) == kept
