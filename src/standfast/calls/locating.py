"""Where a typed postcode lies: asked of the gazetteer as the entry comes in."""

from typing import Any, Final

from starlette.requests import Request

from standfast.facts.directory import POSTCODE
from standfast.web.pages import actor, platform

FROM_NETWORK: Final = "network"
"""A point whose source names the network is the telephone's, not the patient's."""

LONGEST: Final = 10


async def with_point(request: Request, body: dict[str, Any]) -> dict[str, Any]:
    """Return *body* with its place's point, where a postcode says it better than the network.

    A point that came with a record's own address stays. Anything odd is left for the
    command's own types to refuse.
    """
    place = body.get("place")
    if not isinstance(place, dict):
        return body
    postcode, source = place.get("postcode"), str(place.get("source", ""))
    if not isinstance(postcode, str) or not 5 <= len(postcode.strip()) <= LONGEST:  # noqa: PLR2004
        return body
    if place.get("point") and FROM_NETWORK not in source:
        return body
    found = await platform(request).ask(POSTCODE, org=actor(request).org, key=postcode)
    if found is None:
        return body
    point = {"x": found.point.x, "y": found.point.y}
    return {**body, "place": {**place, "point": point, "source": "caller, by postcode"}}
