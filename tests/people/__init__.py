"""Who the patients are, and that nobody is taken for another."""
