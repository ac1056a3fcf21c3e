"""API clients: their keys, their tokens, and the gate."""
