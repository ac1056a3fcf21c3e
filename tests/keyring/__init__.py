"""What is written down of the site's keys."""
