"""One sign-in service for a file's tests, with the clock of the tests."""

from collections.abc import Iterator

import pytest

from standfast.vault import names
from tests.oidc.service import Service, running_service
from tests.support.site import NOON


@pytest.fixture(scope="session")
def running() -> Iterator[Service]:
    """Start the service once; each test sets it anew."""
    with running_service() as service:
        yield service


@pytest.fixture
def service(running: Service) -> Service:
    """Set the service's clock and forget who signed in."""
    running.at(NOON)
    running.next("")
    return running


@pytest.fixture(autouse=True)
def _quick_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a smaller key in tests: it takes a fraction of a second instead of several."""
    monkeypatch.setattr(names, "_RSA_BITS", 2048)
