"""Exchange of journals between sites: who a peer is, what is believed of it, what it is told.

Owns the site card, the proof of what peers hand over and the pullers that fetch it
(docs/replication.md). Nothing here is waited for by a page, a command or a commit.
"""
