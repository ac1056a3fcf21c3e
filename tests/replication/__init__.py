"""Exchange between sites."""
