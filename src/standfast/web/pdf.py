"""A PDF that comes in, read by a library made for it (qpdf) and written anew.

What is kept is not what was sent but what qpdf understood of it, so that no reader understands it
otherwise: objects in plain sight, each stream unpacked and packed again, nothing that nobody
refers to, no information about who wrote it where. In what is so written every object is looked
at, and whatever acts is refused. What needs recovery is refused as well: nothing could hide in
what was recovered, but a letter might lack a page, and nobody would know.

It is C++ on foreign bytes: :mod:`standfast.web.apart` runs it in a process of its own.
"""

import io
from collections.abc import Iterable, Iterator
from typing import Final

import pikepdf
from pikepdf import Array, Dictionary, Name, Object, Pdf, Stream
from pikepdf.settings import set_qpdf_limits

from standfast.web.unfit import NotTaken, Unfit

MOST_PAGES: Final = 500
MOST_OBJECTS: Final = 50_000
"""A tagged letter of thirty pages has some 10,000."""

MOST_PARTS: Final = 500_000
"""Values in all dictionaries and arrays together."""

MOST_UNPACKED: Final = 32 * 1024 * 1024
"""Bytes of one stream, and of what any filter on the way to it gives."""

MOST_UNPACKED_IN_ALL: Final = 256 * 1024 * 1024
MOST_FILTERS: Final = 3
DEEPEST: Final = 100
"""Arrays and dictionaries within each other; a word processor needs about ten."""

set_qpdf_limits(
    parser_max_nesting=DEEPEST,
    max_stream_filters=MOST_FILTERS,
    flate_max_memory=MOST_UNPACKED,
    run_length_max_memory=MOST_UNPACKED,
    png_max_memory=MOST_UNPACKED,
    tiff_max_memory=MOST_UNPACKED,
)

_DAMAGES: Final = (
    pikepdf.PdfError,
    pikepdf.PikepdfError,
    RuntimeError,
    ValueError,
    TypeError,
    LookupError,
    OverflowError,
)
"""What pikepdf raises at what is no PDF, or one whose parts are not what they should be."""


def _names(words: str) -> frozenset[str]:
    return frozenset(words.split())


_PACKINGS: Final = _names(
    "/FlateDecode /Fl /LZWDecode /LZW /ASCII85Decode /A85 /ASCIIHexDecode /AHx"
    " /RunLengthDecode /RL"
)
_PICTURES: Final = _names("/DCTDecode /DCT /JPXDecode /CCITTFaxDecode /CCF /JBIG2Decode")
"""Filters that end in the dots of a picture, which are its reader's to draw (ISO 32000-2, 7.4)."""

_ACTING_KEYS: Final = _names(
    "/JavaScript /JS /AA /OpenAction /XFA /AcroForm /EmbeddedFiles /EF /RF /Collection /Renditions"
    " /AlternatePresentations /RichMediaContent /RichMediaSettings /3DD /OPI"
)
_ACTIONS: Final = _names(
    "/JavaScript /Launch /GoToR /GoToE /GoToDp /GoTo3DView /SubmitForm /ImportData /ResetForm"
    " /Hide /Named /Thread /URI /Movie /Sound /Rendition /RichMediaExecute /Trans /SetOCGState"
)
"""Every action but one: to go to a page of the same file (ISO 32000-2, 12.6.4)."""

_ACTING_TYPES: Final = _names(
    "/Filespec /F /EmbeddedFile /Rendition /MediaClip /Sig /Collection"
)
_NOTES: Final = _names(
    "/Link /Text /FreeText /Line /Square /Circle /Polygon /PolyLine /Highlight /Underline"
    " /Squiggly /StrikeOut /Stamp /Caret /Ink /Popup /Watermark"
)
"""The annotations that only show something; the others play, run, attach or fill in."""

_OF_THE_FILE: Final = _names(
    "/Type /Version /Pages /PageLabels /Names /Dests /Outlines /StructTreeRoot /MarkInfo /Lang"
    " /OCProperties /OutputIntents"
)
"""What of a file's own entries is kept; what else there is must act, or goes."""

_HOLDS_MORE: Final = (Array, Dictionary, Stream)
_ADDRESSES: Final = ("http://", "https://", "mailto:", "tel:", "www.")


def rewritten(body: bytes) -> bytes:
    """Return *body*, a PDF, as qpdf writes it. Raises NotTaken. The same gives the same.

    Without script, forms, files, sounds and whatever else acts: these are refused. Without links
    to elsewhere, a view to open with, metadata and private data: these are left out.
    """
    try:
        kept, pages, warnings = _written(body)
        _must_only_show(kept)
        _must_be_whole(kept, pages, warnings)
    except pikepdf.PasswordError as error:
        raise NotTaken(Unfit.LOCKED) from error
    except MemoryError as error:
        raise NotTaken(Unfit.TOO_MUCH) from error
    except _DAMAGES as error:
        raise NotTaken(_meant(str(error))) from error
    return kept


def _opened(body: bytes) -> Pdf:
    return Pdf.open(
        io.BytesIO(body),
        attempt_recovery=False,
        inherit_page_attributes=False,
        access_mode=pikepdf.AccessMode.stream,
        conversion_mode="explicit",
    )


def _written(body: bytes) -> tuple[bytes, int, list[str]]:
    """Return what is wanted of *body*, how many pages it says it has, what qpdf says of it."""
    out = io.BytesIO()
    with _opened(body) as sent:
        if sent.is_encrypted:
            raise NotTaken(Unfit.LOCKED)
        pages = sent.Root["/Pages"].get_int("/Count", 0)  # qpdf mends it as it goes on
        if len(sent.objects) > MOST_OBJECTS:
            raise NotTaken(Unfit.TOO_MUCH)
        _leave_out_of_the_file(sent)
        _repack(sent, _streams(_walk(sent, leave_out=True)))
        sent.save(
            out,
            deterministic_id=True,
            object_stream_mode=pikepdf.ObjectStreamMode.disable,
            stream_decode_level=pikepdf.StreamDecodeLevel.none,
        )
        return out.getvalue(), pages, sent.get_warnings()


def _walk(pdf: Pdf, *, leave_out: bool = False) -> Iterator[Object]:
    """Yield every dictionary and stream that anything in *pdf* leads to, once."""
    seen: set[tuple[int, int]] = set()
    waiting: list[Object] = [pdf.trailer]
    parts = 0
    while waiting:
        each = waiting.pop()
        if each.is_indirect:
            if each.objgen in seen:
                continue
            seen.add(each.objgen)
        if isinstance(each, Array):
            inside: Iterable[Object] = each.as_list()
        else:
            if leave_out:
                _leave_out(each)
            yield each
            inside = each.values()
        for one in inside:
            parts += 1
            if parts > MOST_PARTS:
                raise NotTaken(Unfit.TOO_MUCH)
            if isinstance(one, _HOLDS_MORE):
                waiting.append(one)


def _streams(parts: Iterable[Object]) -> list[Stream]:
    """Return which of *parts* are streams. None may act."""
    found = []
    for each in parts:
        if _acts(each):
            raise NotTaken(Unfit.ACTIVE)
        if isinstance(each, Stream):
            found.append(each)
    return found


def _leave_out_of_the_file(pdf: Pdf) -> None:
    """Leave out what a file says of itself, but not what acts: that is refused, not hidden."""
    for key in set(pdf.trailer.keys()) - {"/Root", "/Size", "/ID"}:
        del pdf.trailer[key]
    root = pdf.Root
    view, form, names = root.get("/OpenAction"), root.get("/AcroForm"), root.get("/Names")
    if isinstance(view, Array) or _is_action(view, "/GoTo"):
        del root["/OpenAction"]
    if (
        isinstance(form, Dictionary)
        and "/XFA" not in form
        and not len(form.get("/Fields", Array()))
    ):
        del root["/AcroForm"]
    if isinstance(names, Dictionary):
        for key in set(names.keys()) - {"/Dests"} - _ACTING_KEYS:
            del names[key]
    for key in set(root.keys()) - _OF_THE_FILE - _ACTING_KEYS:
        del root[key]


def _leave_out(part: Object) -> None:
    """Leave out what is about *part* and not of it, and a link to somewhere else."""
    if "/Type" in part or isinstance(part, Stream):
        for key in ("/Metadata", "/PieceInfo", "/LastModified", "/Thumb"):
            if key in part:
                del part[key]
    link = part.get("/A")
    if isinstance(link, Dictionary) and "/URI" in link and "/S" not in link:
        del part["/A"]  # no action by the standard, but an address all the same
    elif link is not None and _is_action(link, "/URI"):
        address = link.get("/URI")
        if address is not None and str(address).strip().lower().startswith(_ADDRESSES):
            del part["/A"]


def _is_action(found: Object | None, kind: str) -> bool:
    """Return whether *found* is an action of *kind*, after which comes no other."""
    return isinstance(found, Dictionary) and _name(found, "/S") == kind and "/Next" not in found


def _name(part: Object, key: str) -> str:
    found = part.get(key) if isinstance(part, (Dictionary, Stream)) else None
    return str(found) if isinstance(found, Name) else ""


def _repack(pdf: Pdf, streams: Iterable[Stream]) -> None:
    """Unpack each of *streams*, and leave it plain: it is packed anew as it is written."""
    in_all = 0
    for each in streams:
        packings, ends = _filters(each)
        is_picture = _name(each, "/Subtype") == "/Image"
        if not _PACKINGS.issuperset(packings) or (ends and not is_picture):
            raise NotTaken(Unfit.ACTIVE)
        if not packings:
            continue
        parms = _list(each.get("/DecodeParms"))
        packed = Stream(pdf, each.read_raw_bytes())
        packed["/Filter"] = Array([Name(one) for one in packings])
        packed["/DecodeParms"] = Array(parms[: len(packings)])
        data = packed.read_bytes(pikepdf.StreamDecodeLevel.specialized)
        in_all += len(data)
        if len(data) > MOST_UNPACKED or in_all > MOST_UNPACKED_IN_ALL:
            raise NotTaken(Unfit.TOO_MUCH)
        if ends:
            rest = parms[len(packings) :]
            more = rest[0] if rest and isinstance(rest[0], Dictionary) else None
            each.write(data, filter=Name(ends[0]), decode_parms=more)
        elif not is_picture:  # its predictor makes it small: a picture stays as it was packed
            each.write(data)


def _filters(stream: Stream) -> tuple[list[str], list[str]]:
    """Return how *stream* is packed, the outermost first, and how its picture is drawn, if so."""
    filters = [str(one) for one in _list(stream.get("/Filter"))]
    if len(filters) > MOST_FILTERS:
        raise NotTaken(Unfit.TOO_MUCH)
    ends = filters[-1:] if filters and filters[-1] in _PICTURES else []
    return filters[: len(filters) - len(ends)], ends


def _list(found: Object | None) -> list[Object]:
    if found is None:
        return []
    return list(found.as_list()) if isinstance(found, Array) else [found]


def _must_only_show(kept: bytes) -> None:
    """Look once more, at what would be kept: nobody has to trust that the two are the same."""
    with _opened(kept) as pdf:
        _streams(_walk(pdf))


def _must_be_whole(kept: bytes, pages: int, warnings: list[str]) -> None:
    """Refuse what qpdf had to guess at. A page without resources is none the worse for it."""
    with _opened(kept) as pdf:
        found = len(pdf.pages)
        warnings += pdf.get_warnings()
    for each in warnings:
        if not each.endswith("Resources is missing or invalid; repairing"):
            raise NotTaken(_meant(each))
    if found > MOST_PAGES:
        raise NotTaken(Unfit.TOO_MUCH)
    if not 0 < found == pages:
        raise NotTaken(Unfit.DAMAGED)


def _acts(part: Object) -> bool:
    keys = set(part.keys())
    if not keys.isdisjoint(_ACTING_KEYS) or _name(part, "/S") in _ACTIONS:
        return True
    if _name(part, "/Type") in _ACTING_TYPES or _name(part, "/Subtype") == "/PS":
        return True
    if isinstance(part, Stream) and ("/F" in keys or "/Ref" in keys):
        return True  # its bytes are in another file
    if any(_name(note, "/Subtype") not in _NOTES for note in _list(part.get("/Annots"))):
        return True
    then = part.get("/A")
    return isinstance(then, Dictionary) and _name(then, "/S") not in ("", "/GoTo")


def _meant(said: str) -> Unfit:
    """Return what is wrong, by how qpdf says it."""
    if "encrypt" in said:
        return Unfit.LOCKED
    return Unfit.TOO_MUCH if "limit" in said else Unfit.DAMAGED
