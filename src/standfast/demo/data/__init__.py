"""The lists the county is made from, one JSON file each, and the one way to read them."""

from functools import cache
from importlib.resources import files
from typing import Any

import msgspec


@cache
def read(name: str) -> Any:
    """Return what ``data/<name>.json`` holds. It is shared: nobody changes it."""
    return msgspec.json.decode((files(__name__) / f"{name}.json").read_bytes())
