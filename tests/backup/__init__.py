"""Backups in segments, and sites made again from them."""
