"""The ambulance desk."""
