"""What an operator installs: units, a container file."""
