"""Triage: content, engines, rules and pages."""
