"""What this machine can do with Standfast, beside its own limits. ``make bench``.

Ratios hold from one machine to another, absolute numbers do not: so every number stands next
to what the same PostgreSQL on the same disk can do at most. Commits are durable throughout.
"""
