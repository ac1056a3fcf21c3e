"""The journal in segments that are written once, and a site made again from them.

Owns what a segment is, the folders that hold them, taking and restoring. Beneath the contexts: it
knows rows, chains and signatures, and not what a fact says. Never holds a data key.
"""
