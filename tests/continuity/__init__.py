"""Paper: packs, their forms, and what comes back in."""
