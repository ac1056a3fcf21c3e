"""Everybody whom a node works for, played over its own front door.

Callers and their exchange, call handlers, the ambulance desk, a clinic, a prescriber and a
pharmacy: they sign in, look at pages and press buttons as people and devices do. Owns no
rules and no data. What it does follows from a seed; only its timing is the machine's own.
"""
