"""Calls and cases: the telephone, the case, what it asks for, and how it ends."""
