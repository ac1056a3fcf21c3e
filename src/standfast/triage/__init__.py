"""Asking the right questions and coming to what should happen next.

Owns the stream ``triage.assessment`` and the reference content: protocols, dispositions and
advice as data under ``content/``. The content is for development, training and testing; it
must not decide anybody's care. Other contexts may import :mod:`standfast.facts.triage`.
"""
