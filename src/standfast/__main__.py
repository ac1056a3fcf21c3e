"""``python -m standfast`` is ``standfast``."""

from standfast.cli import app

app()
