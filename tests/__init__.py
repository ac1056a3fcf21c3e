"""Tests: rules, pages, properties and the whole."""
