"""Messages from and to other systems: parsers, validators, and what became of each message.

Owns the `interop.message` streams and the table `interop_messages`. Holds no clinical rule:
what a referral leads to is decided by the contexts that react to its facts.
"""
