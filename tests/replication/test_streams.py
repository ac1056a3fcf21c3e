"""No stream that an honest site writes is refused by its peers."""

from datetime import datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest

from standfast.demo.load import _Loader
from standfast.demo.world import make_world
from standfast.kernel.messages import Command, Decider
from standfast.replication.proving import Proved, Standing, prove
from standfast.web.platform import Platform
from tests.replication.world import Writes, card_of, key_of
from tests.support.site import NOON

pytestmark = pytest.mark.anyio


class Names(_Loader):
    """Notes the streams that the demonstration writes, and writes none."""

    def __init__(self) -> None:
        platform = cast("Platform", SimpleNamespace(clock=lambda: NOON))
        super().__init__(platform, make_world(1, NOON), lambda _: None)
        self.streams: set[str] = set()

    async def _one(
        self,
        decider: Decider[Any, Any, Any],
        key: str,
        command: Command,  # noqa: ARG002 - what is written matters to nobody here
        now: datetime,  # noqa: ARG002
    ) -> None:
        self.streams.add(f"{decider.stream}/{key}")


async def test_every_stream_of_the_demonstration_travels() -> None:
    names = Names()
    await names.load_everything()
    await names.open_clinics()
    assert "directory.gazetteer/HM1 1" in names.streams

    writes = Writes("harrowmere.1.0", "harrowmere-care", key_of("harrowmere"))
    for stream in sorted(names.streams):
        writes.write(1, stream=stream)
    card = card_of("harrowmere").card
    page = prove("harrowmere.1.0", Standing(), card, writes.rows, writes.rows[-1].occurred_at)

    assert isinstance(page, Proved), page
    assert len(page.entries) == len(names.streams)
