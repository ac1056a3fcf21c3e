"""PostgreSQL itself, started for real."""
