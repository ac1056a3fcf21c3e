"""What a process that holds opened keys does not let others do to it."""

import ctypes
import resource
from typing import Final

_PR_SET_DUMPABLE: Final = 4
"""prctl(2): whether this process may be dumped, or traced by others of its user."""


def keep_to_ourselves() -> None:
    """Leave no core dump with keys in it, and be traced by nobody but root."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_DUMPABLE, 0)
