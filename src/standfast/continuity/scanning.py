"""A scan or a photograph of a form: drawn anew, looked through for its square code, kept."""

import asyncio
import io
import shutil
from http import HTTPStatus
from typing import Final

import structlog
import zxingcpp
from msgspec import Struct
from PIL import Image
from starlette.requests import Request

from standfast.continuity.codes import FormName, read_code
from standfast.journal.contents import Content
from standfast.outbound.clamd import NotScanned, scan
from standfast.web.pages import platform
from standfast.web.platform import Platform
from standfast.web.sending import NotAForm, sent_file
from standfast.web.unfit import SENTENCES, NotTaken
from standfast.web.uploads import Kind, take

AT_ONCE: Final = 1
"""Pictures that one worker looks through at a time: each may be 24 million dots."""

SECONDS: Final = 20.0
"""For looking through one picture; what takes longer is typed."""

KEPT_FREE: Final = 1024**3
"""Bytes of the site's disk that no picture may take: calls go on when pictures no longer can."""

QR: Final = zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode])

_log = structlog.get_logger()


class NotKept(Exception):
    """A picture is not kept; the sentence says why and what to do."""

    def __init__(self, sentence: str, status: HTTPStatus) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.status = status


class Looked(Struct, frozen=True, kw_only=True):
    """A picture as it may be kept, and which forms its codes name."""

    content: Content
    names: tuple[FormName, ...]


async def looked_through(request: Request) -> Looked:
    """Return the picture that was sent, and the codes on it. Raises :class:`NotKept`."""
    here = platform(request)
    try:
        sent = await sent_file(request)
    except NotAForm as error:
        raise _no(
            "The picture could not be read from what was sent. Choose it again"
        ) from error
    _must_have_room(here)
    if await _is_harmful(here, sent.body):
        raise _no("The virus scanner found something in this picture. Take another of the form")
    turn: asyncio.Semaphore = here.memory.setdefault(
        "continuity.looking", asyncio.Semaphore(AT_ONCE)
    )
    async with turn:
        try:
            return await asyncio.wait_for(asyncio.to_thread(look, sent.body), SECONDS)
        except NotTaken as error:
            raise _no(SENTENCES[error.why]) from error
        except TimeoutError as error:
            raise _no("Looking for the square code took too long. Type the number") from error


def look(body: bytes) -> Looked:
    """Return *body* drawn anew, and what its square codes name. Raises NotTaken. Slow."""
    taken = take(body)
    if taken.kind is Kind.PDF:
        raise _no("Send a picture of the form (JPEG, PNG or WebP): a PDF is not looked through")
    with Image.open(io.BytesIO(taken.body), formats=["JPEG"]) as opened:
        grey = opened.convert("L")
    return Looked(content=Content.of(taken.kind.value, taken.body), names=codes_on(grey))


def codes_on(grey: Image.Image) -> tuple[FormName, ...]:
    """Return every form that a square code on the picture names, each once."""
    for picture in (grey, grey.resize((grey.width * 2, grey.height * 2))):
        for binarizer in (zxingcpp.Binarizer.LocalAverage, zxingcpp.Binarizer.GlobalHistogram):
            found = zxingcpp.read_barcodes(picture, formats=QR, binarizer=binarizer)
            names = (read_code(each.text) for each in found)
            known = tuple(dict.fromkeys(each for each in names if each is not None))
            if known:
                return known
    return ()


def _no(sentence: str) -> NotKept:
    return NotKept(sentence, HTTPStatus.UNPROCESSABLE_ENTITY)


def _must_have_room(here: Platform) -> None:
    try:
        free = shutil.disk_usage(here.settings.data).free
    except OSError:
        return  # no folder of ours to ask: the database says so itself
    if free < KEPT_FREE:
        raise NotKept(
            "The disk of this site is nearly full, so the picture is not kept. Key the form from "
            "the paper, and tell the IT officer",
            HTTPStatus.INSUFFICIENT_STORAGE,
        )


async def _is_harmful(here: Platform, body: bytes) -> bool:
    """Return whether the scanner says so. One that is away lets nothing through."""
    if not here.settings.clamd:
        return False
    try:
        return bool(await scan(here.settings.clamd, body))
    except NotScanned as error:
        _log.warning("continuity.not_scanned", why=str(error))
        raise NotKept(
            "The virus scanner does not answer, so the picture is not kept. Key the form from the "
            "paper, or send the picture again later",
            HTTPStatus.SERVICE_UNAVAILABLE,
        ) from error
