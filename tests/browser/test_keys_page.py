"""The keys on screen, for an IT officer: light and dark, narrow and wide."""

from collections.abc import Callable

import pytest

from tests.browser.desk import Desk
from tests.support.look import SIZES, faults

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("dark", [False, True])
def test_the_keys_page_is_in_order(sit_down: Callable[..., Desk], *, dark: bool) -> None:
    sam = sit_down("sam.whitlock", dark=dark).go("/keyring/keys")
    sam.sees("standfast keys seal").sees("standfast tls init")
    for width, height in SIZES:
        sam.page.set_viewport_size({"width": width, "height": height})
        assert faults(sam.page) == ()
    assert sam.faults == []
