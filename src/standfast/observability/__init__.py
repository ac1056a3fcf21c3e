"""What operators see of a node at work: figures, traces, a line for each request. No patient."""
