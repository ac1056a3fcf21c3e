"""Prescribing: rules, properties, pages."""
