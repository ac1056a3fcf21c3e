"""The one place where facts are written: append-only, hash-chained and signed, per site.

Owns the tables ``journal``, ``journal_streams`` and ``journal_origins``, the order in which
facts are folded, and the machinery that turns a stream's state into the rows of read models.
It knows no context: projections and reactions are handed to it.
"""
