"""Whom this provider works with: the ambulance desk it asks, and that desk's number."""

from typing import Final

PROVIDER: Final = "harrowmere-urgent-care"
"""Whose telephone rings when the exchange does not say."""

AMBULANCE_TRUST: Final = "harrowmere-ambulance"
AMBULANCE_DESK_PHONE: Final = "01632960999"
"""Control's own line, for when nobody accepts on screen."""
