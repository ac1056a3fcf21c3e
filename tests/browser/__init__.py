"""What people do at their screens: a real node, a real database, a real browser."""
