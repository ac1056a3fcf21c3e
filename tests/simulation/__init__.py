"""Sites in one process: the product's journals, proofs, pullers, shelves and folds, a seeded world.

``make simulate`` runs it for long; docs/replication.md (*Simulation*) says how to read it.
"""
