"""Who may see which record, and who did: relationships, break-glass, labels, entries, reviews."""
