"""A process of the node beside its workers: started, and started again when it ends too early."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Final

_AGAIN_SECONDS: Final = 1.0


class KeptProcess:
    """One such process. :meth:`again` ends it, and so starts it anew."""

    def __init__(self, command: str, environment: Mapping[str, str]) -> None:
        self._command = command
        self._environment = environment
        self._over = threading.Event()
        self._process = self._start()

    def keep(self) -> None:
        """Start it again whenever it has ended. Returns after :meth:`end`."""
        while not self._over.wait(_AGAIN_SECONDS):
            if self._process.poll() is not None and not self._over.is_set():
                self._process = self._start()

    def again(self) -> None:
        """Have it begin anew, with what the vault holds now."""
        self._process.terminate()

    def end(self) -> None:
        """End it for good."""
        self._over.set()
        self._process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=3)
            return
        self._process.kill()

    def _start(self) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-m", "standfast", self._command],
            env={**os.environ, **self._environment},
        )


@contextmanager
def kept_process(
    command: str, environment: Mapping[str, str] | None = None
) -> Iterator[KeptProcess]:
    """Have `standfast COMMAND` running inside the block, with this much more in its environment."""
    kept = KeptProcess(command, environment or {})
    thread = threading.Thread(target=kept.keep, daemon=True)
    thread.start()
    try:
        yield kept
    finally:
        kept.end()
        thread.join(timeout=5)
