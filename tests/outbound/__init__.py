"""The one way out, and whoever would like it to lead somewhere else."""
