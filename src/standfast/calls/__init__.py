"""Contacts and cases."""
