"""The telephone exchange: signs what it tells the node, as a real one does."""

import hashlib
import hmac
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

import httpx
import msgspec

from standfast.simulate.browser import Unreachable
from standfast.simulate.measured import Call, Kind, Tally


class Exchange:
    """Rings and hangs up."""

    def __init__(self, client: httpx.AsyncClient, secret: str, tally: Tally) -> None:
        self._client = client
        self._secret = secret
        self._tally = tally

    async def ring(self, call: Call) -> None:
        """Say that a caller waits."""
        patient = call.caller.patient
        near = {"x": round(patient.point.x, -2), "y": round(patient.point.y, -2)}
        place = {"point": near, "postcode": patient.postcode, "source": "network"}
        with self._tally.times.measure(Kind.RING):
            await self._tell(call, "ring", number=call.caller.phone, place=place)
        call.rang = True

    async def hang_up(self, call: Call) -> None:
        """Say that the line is closed."""
        await self._tell(call, "hangup")

    async def _tell(self, call: Call, event: str, **more: Any) -> None:
        told = {"event": event, "call_id": call.call_id, "at": datetime.now(UTC), **more}
        body = msgspec.json.encode(told)
        digest = hmac.new(self._secret.encode(), body, hashlib.sha256).hexdigest()
        headers = {
            "content-type": "application/json",
            "x-standfast-signature": f"sha256={digest}",
        }
        try:
            answer = await self._client.post("/telephony/events", content=body, headers=headers)
        except httpx.HTTPError as error:
            raise Unreachable(str(error)) from error
        if answer.status_code != HTTPStatus.OK:
            self._tally.trouble[f"telephony {event}: {answer.status_code}"] += 1
            raise Unreachable(f"the exchange was answered {answer.status_code}: {answer.text}")
