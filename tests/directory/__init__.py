"""What the directory knows, whom it offers, and how it says so."""
