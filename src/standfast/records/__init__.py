"""How long records are kept, what holds them, and copies of them that leave.

Owns the streams ``records.file`` (legal holds and retention decisions on one record) and
``records.export`` (the ledger of copies). Knows no other context's rules: each says what it
keeps (:mod:`standfast.facts.kept`), and a copy for the person it is about is made from whatever
the read models and the journal hold, so that nothing new can be forgotten.
"""
