"""Keys that nobody opens who should not."""
