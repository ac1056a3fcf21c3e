"""Where the processes of one node count together. Imported before the library that counts.

The library decides at its import whether there are several processes, so a node whose
environment names a port for figures gets its folder here, and its workers inherit it.
"""

import atexit
import os
import shutil
import tempfile
from typing import Final

VARIABLE: Final = "PROMETHEUS_MULTIPROC_DIR"
ASKED_BY: Final = "STANDFAST_METRICS_PORT"


def _made() -> None:
    folder, maker = tempfile.mkdtemp(prefix="standfast-figures-"), os.getpid()
    os.environ[VARIABLE] = folder

    def clear() -> None:
        if os.getpid() == maker:
            shutil.rmtree(folder, ignore_errors=True)

    atexit.register(clear)


if os.environ.get(ASKED_BY, "0") != "0" and VARIABLE not in os.environ:
    _made()
