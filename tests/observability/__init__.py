"""What operators see of a node, and that nobody is named in it."""
