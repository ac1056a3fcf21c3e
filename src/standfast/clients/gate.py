"""The gate: which call of another system comes in, and how much room there is for it.

What costs least is looked at first: is there room, is the API on, is the caller within its
limit; only then the database. Whoever floods the site is thus refused for very little work, and
the calls of people go on (threat model, row 10).
"""

import hashlib
import hmac
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from datetime import datetime, timedelta
from http import HTTPStatus
from math import ceil
from pathlib import Path
from typing import Final

from starlette.requests import Request

from standfast.clients.certificates import Authority, BadCertificate, Certificate, shown
from standfast.clients.counting import Counts
from standfast.clients.limits import REMEMBERED, Caller, Limits
from standfast.clients.machines import address_of, demonstrated, from_here, known_machine
from standfast.clients.model import State
from standfast.clients.model_calls import Why
from standfast.clients.tables import Presented, leave_to_read, presented, switched_off
from standfast.facts.clients import OPENS
from standfast.journal.tenant import read_as
from standfast.settings import DEMONSTRATION_SECRET, Settings
from standfast.web.hostile import MAX_BYTES
from standfast.web.machines import Machine, NotAdmitted
from standfast.web.pages import platform

REALM: Final = "standfast"
SWITCH_TRUSTED: Final = timedelta(seconds=1)
"""How long a process believes what it read of the switch."""
LONGEST_TOKEN: Final = 200


class SiteGate:
    """The gate of one process."""

    def __init__(self, settings: Settings) -> None:
        self.counts = Counts()
        self._settings = settings
        self._limits = Limits(workers=settings.workers, in_flight=settings.api_in_flight)
        self._callers: dict[str, Caller] = {}
        self._off: dict[str, tuple[datetime, bool]] = {}
        self._proxies = frozenset(filter(None, settings.api_proxies.split(",")))
        self._authority = (
            Authority(
                Path(settings.api_client_ca),
                Path(settings.api_client_crl) if settings.api_client_crl else None,
            )
            if settings.api_client_ca
            else None
        )

    @asynccontextmanager
    async def admit(self, request: Request, needs: str) -> AsyncIterator[Machine]:
        """Hold a place for one call inside the block. Raises NotAdmitted.

        A token that was good here before is charged to its client at once: whoever floods us
        is refused without a place of the process or a question to the database.
        """
        now, size = platform(request).clock(), _size(request)
        remembered = self._callers.get(hash_of(_bearer(request)))
        with ExitStack() as held:
            if remembered is not None:
                self._charge(held, remembered, size, now)
            async with self.room(request):
                machine, caller = await self._who(request, now)
                if remembered is None:
                    self._charge(held, caller, size, now)
                await self._check_on(request, caller.org, now)
                if not machine.actor.may(needs):
                    self.counts.refused(caller.org, caller.client_id, Why.SCOPE)
                    raise _not_granted(needs)
                self.counts.accepted(caller.org, caller.client_id, now)
                yield machine

    @asynccontextmanager
    async def room(self, request: Request) -> AsyncIterator[datetime]:
        """Hold one of the process's places for machines; yield the time. Raises NotAdmitted."""
        here = platform(request)
        now, org = here.clock(), self._settings.receiving_org
        with self._limits.room() as there:
            if not there:
                self.counts.refused(org, "", Why.BUSY)
                raise _wait(HTTPStatus.SERVICE_UNAVAILABLE, "transient", _BUSY, 1)
            # Machines read through a pool of their own: no person waits for its connections.
            request.state.platform = here.apart or here
            await self._check_on(request, org, now)
            yield now

    def check_stranger(self, request: Request, now: datetime) -> None:
        """Refuse an address from which too much came that was nobody's. Raises NotAdmitted."""
        wait = self._limits.stranger_wait(address_of(request, self._proxies), now)
        if wait:
            self.counts.refused(self._settings.receiving_org, "", Why.QUOTA)
            raise _wait(HTTPStatus.TOO_MANY_REQUESTS, "throttled", _STRANGER, wait)

    def failed(self, request: Request, org: str, client_id: str, why: Why) -> None:
        """Remember that something from this address was not right, and count it."""
        now = platform(request).clock()
        self._limits.stranger_failed(address_of(request, self._proxies), now)
        self.counts.refused(org or self._settings.receiving_org, client_id, why)

    def certificate(self, request: Request, now: datetime) -> Certificate | None:
        """Return the certificate that was shown, believed. None: this site asks for none.

        Raises BadCertificate.
        """
        der = shown(request, self._proxies)
        if self._authority is None:
            return None
        if der is None:
            raise BadCertificate("Show the TLS certificate that this site knows you by")
        return self._authority.check(der, now)

    def charge_token(self, caller: Caller, now: datetime) -> None:
        """Count a request for a token against the client's limit. Raises NotAdmitted."""
        with ExitStack() as held:
            self._charge(held, caller, 0, now)

    async def _who(self, request: Request, now: datetime) -> tuple[Machine, Caller]:
        """Return who calls. Raises NotAdmitted."""
        settings = self._settings
        token, scheme = _bearer(request), request.headers.get("authorization", "")
        if not scheme and settings.demonstration and from_here(request):
            return demonstrated(settings)
        if not token:
            self.check_stranger(request, now)
            self.failed(request, "", "", Why.NO_TOKEN)
            raise _unauthorised(_SHOW, "invalid_request" if scheme else "")
        known = DEMONSTRATION_SECRET.encode()
        if settings.demonstration and hmac.compare_digest(token.encode(), known):
            return demonstrated(settings)
        machine, caller = await self._client(request, hash_of(token), now)
        read_as(await leave_to_read(platform(request).public, token))
        return machine, caller

    async def _client(
        self, request: Request, token_hash: str, now: datetime
    ) -> tuple[Machine, Caller]:
        """Return whose token it is, if everything about it is right."""
        if token_hash not in self._callers:
            self.check_stranger(request, now)
        found = await presented(platform(request).all_orgs, token_hash)
        if found is None:
            self.failed(request, "", "", Why.UNKNOWN_TOKEN)
            raise _unauthorised(_NOT_GOOD, "invalid_token")
        wrong = self._wrong(request, found, now)
        if wrong is not None:
            self._callers.pop(token_hash, None)
            self.failed(request, found.org, found.client_id, wrong[0])
            raise _unauthorised(wrong[1], "invalid_token")
        machine, caller = known_machine(found, self._settings)
        self._callers[token_hash] = caller
        if len(self._callers) > REMEMBERED:
            del self._callers[next(iter(self._callers))]
        return machine, caller

    def _wrong(
        self, request: Request, found: Presented, now: datetime
    ) -> tuple[Why, str] | None:
        """Return why the token does not open anything now, and what to tell."""
        if found.state is not State.ACTIVE:
            return Why.SUSPENDED, _NOT_GOOD
        void = found.tokens_from is not None and found.issued_at <= found.tokens_from
        if void or now >= found.expires_at:
            return Why.OLD_TOKEN, _NOT_GOOD
        try:
            certificate = self.certificate(request, now)
        except BadCertificate as error:
            return Why.CERTIFICATE, str(error)
        if found.certificate != (certificate.thumbprint if certificate else ""):
            return Why.CERTIFICATE, _OTHER_CERTIFICATE
        if certificate and found.certificate_name not in certificate.names:
            return Why.CERTIFICATE, _OTHER_CERTIFICATE
        return None

    def _charge(self, held: ExitStack, caller: Caller, size: int, now: datetime) -> None:
        """Charge *caller* for one call while *held* is open. Raises NotAdmitted."""
        wait = self._limits.wait(caller, size, now)
        if wait:
            self.counts.refused(caller.org, caller.client_id, Why.QUOTA)
            raise _wait(HTTPStatus.TOO_MANY_REQUESTS, "throttled", _OVER, wait)
        held.enter_context(self._limits.inside(caller, size, now))

    async def _check_on(self, request: Request, org: str, now: datetime) -> None:
        """Refuse every call while the API of *org* is off. Raises NotAdmitted."""
        read_at, off = self._off.get(org, (None, False))
        if read_at is None or not timedelta() <= now - read_at < SWITCH_TRUSTED:
            off = await switched_off(platform(request).all_orgs, org) is not None
            self._off[org] = (now, off)
        if off:
            self.counts.refused(org, "", Why.OFF)
            raise _wait(HTTPStatus.SERVICE_UNAVAILABLE, "transient", _SWITCHED_OFF, 120)


def hash_of(token: str) -> str:
    """Return what we keep of *token*."""
    return hashlib.sha256(token.encode()).hexdigest()


def _bearer(request: Request) -> str:
    """Return the token that is shown; empty: none, or something that is no token."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token if scheme.lower() == "bearer" and len(token) <= LONGEST_TOKEN else ""


def _size(request: Request) -> int:
    """Return the bytes that the caller says it sends; of one who does not say, the most."""
    said = request.headers.get("content-length", "")
    if said.isascii() and said.isdigit() and len(said) < 16:  # noqa: PLR2004 - a petabyte
        return min(int(said), MAX_BYTES)
    return MAX_BYTES if "transfer-encoding" in request.headers else 0


def _unauthorised(sentence: str, error: str) -> NotAdmitted:
    """Say that nobody is known who shows this (RFC 6750, section 3)."""
    challenge = f'Bearer realm="{REALM}"' + (f', error="{error}"' if error else "")
    return NotAdmitted(
        HTTPStatus.UNAUTHORIZED, "security", sentence, headers={"www-authenticate": challenge}
    )


def _not_granted(needs: str) -> NotAdmitted:
    scope = next((scope.value for scope, opens in OPENS.items() if opens == needs), "")
    challenge = f'Bearer realm="{REALM}", error="insufficient_scope", scope="{scope}"'
    return NotAdmitted(
        HTTPStatus.FORBIDDEN,
        "forbidden",
        f"Your token does not hold the scope {scope}",
        headers={"www-authenticate": challenge},
    )


def _wait(status: HTTPStatus, code: str, sentence: str, seconds: float) -> NotAdmitted:
    return NotAdmitted(
        status, code, sentence, headers={"retry-after": str(max(1, ceil(seconds)))}
    )


_SHOW: Final = "Show an access token of this site, as Authorization: Bearer"
_NOT_GOOD: Final = "The access token is unknown, has expired or is void: ask for a new one"
_OTHER_CERTIFICATE: Final = "The access token belongs to another TLS certificate"
_OVER: Final = "You are over the limit that this site set for you; send again after Retry-After"
_STRANGER: Final = "Too much came from your address that was not right; wait for Retry-After"
_BUSY: Final = "Every place for other systems is taken; send again after Retry-After"
_SWITCHED_OFF: Final = (
    "This site takes nothing from other systems for now; ring it if it cannot wait"
)
