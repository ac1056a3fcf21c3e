"""A PDF is read as its readers read it, and written anew: pages are kept, whatever acts is not."""

import io
import os
import signal
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pikepdf
import pytest
import typst
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from standfast.web import apart
from standfast.web.pdf import MOST_OBJECTS, MOST_PAGES, MOST_PARTS, rewritten
from standfast.web.unfit import NotTaken, Unfit
from standfast.web.uploads import LARGEST, take
from tests.support.pdfs import (
    FLATE,
    HIDDEN,
    HIDDEN_BY,
    PACKED,
    PAGE,
    PAGES,
    SCRIPT,
    WORDS,
    hiding,
    letter,
    parts,
    stream,
    written,
)

JPEG: Final = b"\xff\xd8 dots \xff\xd9"
BOMB: Final = zlib.compress(bytes(40_000_000), 9)


def why_not(body: bytes) -> Unfit:
    with pytest.raises(NotTaken) as refused:
        rewritten(body)
    return refused.value.why


def said_by(body: bytes) -> list[bytes]:
    """Return the words of each page, as whoever draws them would read them."""
    with pikepdf.open(io.BytesIO(body)) as pdf:
        return [
            b" ".join(
                bytes(each.operands[0])
                for each in pikepdf.parse_content_stream(page)
                if str(each.operator) == "Tj"
            )
            for page in pdf.pages
        ]


def two_pages() -> bytes:
    """Return a letter as a word processor writes it: links, a view, titles, private data."""
    address = b"<</S/URI/URI(https://clinic.example/Margaret)>>"
    mail = b"<</S/URI/URI(mailto:ward@clinic.example)>>"
    objects = parts(
        b"/OpenAction[3 0 R/Fit]/Metadata 7 0 R/PieceInfo<</Word<</Private 7 0 R>>>>"
        b"/AcroForm<</Fields[]>>/Names<</EmbeddedFiles<</Names[]>>/Dests 8 0 R>>"
        b"/ViewerPreferences<</HideMenubar true>>/Outlines 9 0 R",
        b"/Annots[<</Type/Annot/Subtype/Link/Rect[0 0 9 9]/A%s>>"
        b"<</Type/Annot/Subtype/Link/Rect[0 0 9 9]/A%s>>"
        b"<</Type/Annot/Subtype/Link/Rect[0 0 9 9]/A<</S/GoTo/D(next)>>>>"
        b"<</Type/Annot/Subtype/Link/Rect[0 0 9 9]/A<</URI(https://clinic.example)>>>>]"
        % (address, mail),
    )
    objects[1] = objects[1].replace(b"/EmbeddedFiles<</Names[]>>", b"")
    return written(
        objects
        | {
            2: PAGES % (b"3 0 R 5 0 R", 2),
            5: PAGE.replace(b"4 0 R", b"6 0 R") % b"/LastModified(D:20261122)",
            6: stream(WORDS.replace(b"Margaret", b"Arthur")),
            7: stream(b"<x:xmpmeta>by Dr Nobody of somewhere</x:xmpmeta>", b"/Type/Metadata"),
            8: b"<</Names[(next)[5 0 R/Fit]]>>",
            9: b"<</Type/Outlines/First 10 0 R/Last 10 0 R/Count 1>>",
            10: b"<</Title(Second page)/Parent 9 0 R/Dest(next)>>",
            11: b"<</Author(Dr Nobody)/Producer(Word of somewhere)>>",
        },
        b"/Info 11 0 R",
    )


def test_a_letter_keeps_its_pages_and_loses_what_is_not_on_them() -> None:
    sent = two_pages()
    kept = rewritten(sent)

    assert said_by(kept) == said_by(sent)
    assert len(said_by(kept)) == 2
    assert b"Dr Nobody" in sent
    for gone in (b"Nobody", b"clinic.example", b"/OpenAction", b"/Info", b"/PieceInfo"):
        assert gone not in kept
    with pikepdf.open(io.BytesIO(kept)) as pdf:
        assert pdf.Root.keys() == {"/Type", "/Pages", "/Names", "/Outlines"}
        assert str(pdf.Root.Outlines.First.Title) == "Second page"
        links = pdf.pages[0].Annots
        assert [each.get("/A") is None for each in links] == [True, True, False, True]


def test_the_same_bytes_give_the_same_and_so_does_what_was_kept() -> None:
    kept = rewritten(two_pages())

    assert rewritten(two_pages()) == kept
    assert rewritten(kept) == kept


def test_a_letter_of_a_real_program_is_drawn_by_the_same_strokes() -> None:
    sent = typst.compile(b'= Discharge\n#lorem(300)\n#pagebreak()\n#link("https://a.example")')
    kept = rewritten(sent)

    with pikepdf.open(io.BytesIO(sent)) as before, pikepdf.open(io.BytesIO(kept)) as after:
        assert len(before.pages) == len(after.pages) > 1
        for was, now in zip(before.pages, after.pages, strict=True):
            assert was.Contents.read_bytes() == now.Contents.read_bytes()
            assert was.mediabox == now.mediabox
            fonts = [page.Resources.Font for page in (was, now) if "/Font" in page.Resources]
            assert len({tuple(each.keys()) for each in fonts}) <= 1
    assert b"/URI" not in kept


def test_a_picture_in_it_stays_as_it_was_packed() -> None:
    about = b"/Type/XObject/Subtype/Image/Width 1/Height 1"
    dots = zlib.compress(b"\2abc")
    kept = rewritten(
        written(
            parts(page=b"/X[5 0 R 6 0 R 7 0 R]")
            | {
                5: stream(JPEG, about + b"/Filter/DCTDecode"),
                6: stream(zlib.compress(JPEG), about + b"/Filter[/FlateDecode/DCTDecode]"),
                7: stream(dots, about + FLATE + b"/DecodeParms<</Predictor 12/Columns 3>>"),
            }
        )
    )

    with pikepdf.open(io.BytesIO(kept)) as pdf:
        first, second, third = pdf.pages[0].obj["/X"]
        assert first.read_raw_bytes() == second.read_raw_bytes() == JPEG
        assert str(second.Filter) == "/DCTDecode"
        assert (third.read_raw_bytes(), third.read_bytes()) == (dots, b"abc")


@pytest.mark.parametrize("way", HIDDEN_BY)
def test_a_script_does_not_pass_however_it_is_hidden(way: str) -> None:
    sent = HIDDEN_BY[way]()
    with pikepdf.open(io.BytesIO(sent)) as pdf:
        assert str(pdf.Root.OpenAction.S) == "/JavaScript"  # a reader would run it

    assert why_not(sent) is Unfit.ACTIVE


NOTE: Final = b"/Annots[<</Type/Annot/Rect[0 0 9 9]%s>>]"
IN_THE_FILE: Final = [
    b"/OpenAction" + SCRIPT,
    b"/OpenAction<</S/GoTo/D[3 0 R/Fit]/Next" + SCRIPT + b">>",
    b"/OpenAction<</S/Named/N/Print>>",
    b"/AA<</WC" + SCRIPT + b">>",
    b"/Names<</JavaScript<</Names[(a)" + SCRIPT + b"]>>>>",
    b"/Names<</J#61vaScript<<>>>>",
    b"/Names<</EmbeddedFiles<</Names[(a)<</Type/Filespec/F(a)>>]>>>>",
    b"/AF[<</Type/Filespec/EF<</F 4 0 R>>>>]/Dests<</x[<</F(a)/EF<</F 4 0 R>>>>]>>",
    b"/AcroForm<</Fields[<</T(name)>>]>>",
    b"/AcroForm<</Fields[]/XFA 4 0 R>>",
    b"/Collection<</View/D>>",
]
ON_A_PAGE: Final = [
    b"/AA<</O" + SCRIPT + b">>",
    NOTE % b"/Subtype/Link/A<</S/Launch/F(cmd.exe)>>",
    NOTE % b"/Subtype/Link/A<</S/URI/URI(file:///c:/cmd.exe)>>",
    NOTE % b"/Subtype/Link/A<</S/URI/URI(javascript:alert)>>",
    NOTE % (b"/Subtype/Link/A<</S/URI/URI(https://a.example)/Next" + SCRIPT + b">>"),
    NOTE % b"/Subtype/Link/A<</S/GoToR/F(//share/x)/D[0/Fit]>>",
    NOTE % b"/Subtype/Link/A<</S/GoToE/T<<>>/D[0/Fit]>>",
    NOTE % b"/Subtype/Link/A<</S/SubmitForm/F(https://a.example)>>",
    NOTE % b"/Subtype/Link/A<</S/ImportData/F(a)>>",
    NOTE % b"/Subtype/Link/A<</S/Rendition/OP 0>>",
    NOTE % b"/Subtype/Link/A<</S/NobodyKnows>>",
    NOTE % b"/Subtype/Widget/FT/Tx",
    NOTE % b"/Subtype/FileAttachment/FS<</F(a)>>",
    NOTE % b"/Subtype/Movie/Movie<</F(a)>>",
    NOTE % b"/Subtype/Sound/Sound 4 0 R",
    NOTE % b"/Subtype/Screen",
    NOTE % b"/Subtype/RichMedia/RichMediaContent<<>>",
    NOTE % b"/Subtype/3D/3DD 4 0 R",
    NOTE % b"/Subtype/NobodyKnows",
    NOTE % b"",
]


@pytest.mark.parametrize("inside", IN_THE_FILE, ids=range(len(IN_THE_FILE)))
def test_whatever_acts_as_a_file_is_opened_is_refused(inside: bytes) -> None:
    assert why_not(letter(inside)) is Unfit.ACTIVE


@pytest.mark.parametrize("inside", ON_A_PAGE, ids=range(len(ON_A_PAGE)))
def test_whatever_acts_on_a_page_is_refused(inside: bytes) -> None:
    assert why_not(letter(page=inside)) is Unfit.ACTIVE


@pytest.mark.parametrize(
    "about", [b"/F(other.pdf)", b"/Ref<</F(a)>>", b"/OPI<<>>", b"/Subtype/PS", b"/Filter/Crypt"]
)
def test_a_stream_from_elsewhere_or_of_a_program_is_refused(about: bytes) -> None:
    assert why_not(letter(words=stream(WORDS, about))) is Unfit.ACTIVE


def test_what_nobody_refers_to_is_neither_kept_nor_a_reason_to_refuse() -> None:
    kept = rewritten(written(parts() | {9: SCRIPT}))

    assert b"JavaScript" not in kept


@pytest.mark.parametrize("handler", [b"/Standard", b"/NobodyKnows"])
def test_what_is_locked_says_that_it_is(handler: bytes) -> None:
    lock = b"/Encrypt<</Filter%s/V 1/R 2/O(%s)/U(%s)/P -4>>/ID[<00><00>]"

    assert why_not(written(parts(), lock % (handler, b"o" * 32, b"u" * 32))) is Unfit.LOCKED


def test_what_is_locked_without_a_password_is_refused_as_well() -> None:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(letter())) as pdf:
        pdf.save(out, encryption=pikepdf.Encryption(owner="", user=""))

    assert why_not(out.getvalue()) is Unfit.LOCKED


def _many_bombs() -> bytes:
    held = zlib.compress(bytes(30_000_000), 1)
    those = range(10, 20)
    pages = PAGE.replace(b"4 0 R", b"[%s]" % b" ".join(b"%d 0 R" % n for n in those)) % b""
    return written(parts() | {3: pages} | {n: stream(held, FLATE) for n in those})


def _many_pages(count: int) -> bytes:
    those = range(10, 10 + count)
    kids = b" ".join(b"%d 0 R" % n for n in those)
    return written(parts() | {2: PAGES % (kids, count)} | dict.fromkeys(those, PAGE % b""))


TOO_MUCH: Final = {
    "a stream": letter(words=stream(BOMB, FLATE)),
    "a stream in a stream": letter(
        words=stream(zlib.compress(BOMB), b"/Filter[/FlateDecode/FlateDecode]")
    ),
    "runs": letter(words=stream(b"\x81a" * 300_000 + b"\x80", b"/Filter/RunLengthDecode")),
    "nothings": letter(words=stream(b"z" * 9_000_000 + b"~>", b"/Filter/ASCII85Decode")),
    "a picture": written(
        parts(page=b"/X 5 0 R") | {5: stream(BOMB, FLATE + b"/Subtype/Image")}
    ),
    "filters": letter(words=stream(b"41>", b"/Filter[/AHx/AHx/AHx/AHx]")),
    "many streams": _many_bombs(),
    "objects": written(parts() | dict.fromkeys(range(5, MOST_OBJECTS + 6), b"0")),
    "pages": _many_pages(MOST_PAGES + 1),
    "values": letter(page=b"/X[%s]" % (b"0 " * (MOST_PARTS + 1))),
    "depth": letter(page=b"/X %s 0 %s" % (b"<</Y" * 200, b">>" * 200)),
}


@pytest.mark.parametrize("what", TOO_MUCH)
def test_what_unpacks_to_too_much_is_refused_before_it_is_unpacked(what: str) -> None:
    assert len(TOO_MUCH[what]) < LARGEST
    assert why_not(TOO_MUCH[what]) is Unfit.TOO_MUCH


def _nested_pages() -> bytes:
    more = {n: b"<</Type/Pages/Count 1/Kids[%d 0 R]>>" % (n + 1) for n in range(10, 5_000)}
    return written(parts() | more | {2: PAGES % (b"10 0 R", 1), 5_000: PAGE % b""})


DAMAGED: Final = {
    "no file": b"%PDF-1.7\n%%EOF\n",
    "no table": letter().replace(b"startxref", b"started__"),
    "a wrong table": letter().replace(b"0 5\n", b"0 2000000000\n"),
    "tables in a ring": letter().replace(b"/Root 1 0 R>>", b"/Root 1 0 R/Prev 9>>"),
    "no root": letter().replace(b"/Root 1", b"/Root 9"),
    "no pages": written(parts() | {2: PAGES % (b"", 0)}),
    "pages in a ring": written(parts() | {2: PAGES % (b"2 0 R", 1)}),
    "pages too deep": _nested_pages(),
    "a page that is not there": written(parts() | {2: PAGES % (b"3 0 R 33 0 R", 2)}),
    "a page twice": written(parts() | {2: PAGES % (b"3 0 R 3 0 R", 2)}),
    "a wrong length": letter(words=b"<</Length 3>>stream\n" + WORDS + b"\nendstream"),
    "a length of itself": letter(words=b"<</Length 4 0 R>>stream\n" + WORDS + b"\nendstream"),
    "no deflate": letter(words=stream(b"x\x9c" + WORDS, FLATE)),
    "half of it": letter(words=stream(zlib.compress(WORDS)[:-9], FLATE)),
    "packed objects that are a bomb": hiding(
        zlib.compress(b"1 0 " + HIDDEN + b" " * 40_000_000, 9), PACKED
    ),
}


@pytest.mark.parametrize("what", DAMAGED)
def test_what_is_damaged_is_refused_and_not_guessed_at(what: str) -> None:
    assert why_not(DAMAGED[what]) is Unfit.DAMAGED


def test_a_letter_that_is_cut_short_is_never_taken() -> None:
    whole = two_pages().rstrip()
    for fiftieth in range(1, 50):
        assert why_not(whole[: len(whole) * fiftieth // 50]) is Unfit.DAMAGED


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_whatever_is_changed_in_it_it_is_refused_or_only_shows(data: st.DataObject) -> None:
    whole = data.draw(st.sampled_from([two_pages(), letter(), HIDDEN_BY["a predictor"]()]))
    start = data.draw(st.integers(0, len(whole)))
    end = start + data.draw(st.integers(0, 30))
    try:
        kept = rewritten(whole[:start] + data.draw(st.binary(max_size=20)) + whole[end:])
    except NotTaken:
        return
    assert rewritten(kept) == kept
    assert b"/JavaScript" not in kept


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=400))
def test_garbage_that_begins_like_a_pdf_is_refused(garbage: bytes) -> None:
    with pytest.raises(NotTaken):
        rewritten(b"%PDF-1.7\n" + garbage + b"\n%%EOF\n")


# --- In a process of its own ----------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    before = Path.cwd()
    os.chdir(tmp_path)
    yield tmp_path
    os.chdir(before)


def test_a_letter_is_taken_through_it_and_nothing_is_left_behind(folder: Path) -> None:
    taken = take(two_pages())

    assert taken.body == rewritten(two_pages())
    assert list(folder.iterdir()) == []


def test_what_it_refuses_is_refused_here() -> None:
    for sent, why in ((letter(IN_THE_FILE[0]), Unfit.ACTIVE), (b"%PDF-1.7", Unfit.DAMAGED)):
        with pytest.raises(NotTaken) as refused:
            take(sent)
        assert refused.value.why is why


@pytest.mark.parametrize(
    ("does", "why"),
    [
        ("while True: pass", Unfit.TOO_MUCH),
        (f"import os; os.kill(os.getpid(), {signal.SIGXCPU:d})", Unfit.TOO_MUCH),
        (f"import os; os.kill(os.getpid(), {signal.SIGSEGV:d})", Unfit.DAMAGED),
        ("raise SystemExit(1)", Unfit.DAMAGED),
    ],
)
def test_one_that_does_not_end_well_ends_alone(
    monkeypatch: pytest.MonkeyPatch, does: str, why: Unfit
) -> None:
    monkeypatch.setattr(apart, "READER", (sys.executable, "-c", does))
    monkeypatch.setattr(apart, "PATIENCE_SECONDS", 0.5 if "while" in does else 30)

    with pytest.raises(NotTaken) as refused:
        apart.apart(letter())
    assert refused.value.why is why


def test_it_knows_no_secret_of_ours_and_may_write_no_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("STANDFAST_DATABASE_URL", "postgresql://secret")
    target = tmp_path / "left.txt"
    does = (
        "import os, signal; from pathlib import Path\n"
        "from standfast.web.apart import bounded; bounded()\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "print(sorted(each for each in os.environ if each != 'LC_CTYPE'))\n"
        f"try: Path({str(target)!r}).write_bytes(b'x')\n"
        "except OSError: print('not written')\n"
        "try: bytearray(2 * 1024**3)\n"
        "except MemoryError: print('no room')\n"
    )
    monkeypatch.setattr(apart, "READER", (sys.executable, "-c", does))

    assert (
        apart.apart(b"") == b"['PYTHONDONTWRITEBYTECODE', 'PYTHONPATH']\nnot written\nno room\n"
    )
