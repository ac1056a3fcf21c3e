"""The keys on screen, for an IT officer: light and dark, narrow and wide."""

from collections.abc import Callable

import pytest

from tests.browser.desk import Desk
from tests.support.look import faults_everywhere

pytestmark = pytest.mark.browser


def test_the_keys_page_is_in_order(sit_down: Callable[..., Desk]) -> None:
    sam = sit_down("sam.whitlock").go("/keyring/keys")
    sam.sees("standfast keys seal").sees("standfast tls init")
    assert faults_everywhere(sam.page) == ()
    assert sam.faults == []
