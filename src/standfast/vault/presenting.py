"""Giving the HTTP server its certificate and key without a file: they lie in memory alone.

The server reads both by path, in each worker, when the worker starts. So the path is one of
the worker's own descriptors, and a renewed certificate is taken up by starting workers anew.
"""

import os
from typing import Final

DESCRIPTOR: Final = 250
"""A number that nothing else in a new worker has reached."""

PATH: Final = f"/proc/self/fd/{DESCRIPTOR}"


def present(bundle: bytes) -> None:
    """Put *bundle* (certificate, chain and key, PEM) where the server will read it."""
    descriptor = os.memfd_create("standfast-tls", os.MFD_CLOEXEC)
    os.write(descriptor, bundle)
    os.dup2(descriptor, DESCRIPTOR, inheritable=False)
    os.close(descriptor)
