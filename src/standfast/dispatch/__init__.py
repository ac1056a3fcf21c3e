"""Incidents and ambulances."""
