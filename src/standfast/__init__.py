"""Urgent care that keeps going. ``ARCHITECTURE.md`` is the map."""
