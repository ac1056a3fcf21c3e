"""The web layer: what holds for every page."""
