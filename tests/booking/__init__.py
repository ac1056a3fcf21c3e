"""Slots that are somebody's once, and the clinic that waits for them."""
