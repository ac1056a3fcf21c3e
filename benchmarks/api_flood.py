"""``python -m benchmarks.api_flood``: whether other systems slow the people who take calls.

Handlers work at a person's pace against a real node; then five API clients come at twenty times
their limit, half of it referrals. Printed: how long handlers wait without and with the flood,
and what became of the flood (threat model, row 10: p95 of a handler at most 300 ms).
"""

import asyncio
import sys
import time
from collections import Counter
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path
from uuid import uuid4

import uvloop
from joserfc import jwt
from joserfc.jwk import ECKey
from msgspec import json

from benchmarks.load import Answer, Client, Stopwatch
from benchmarks.mix import Visitor
from benchmarks.node import Node, fill, node
from benchmarks.report import RESULTS, Report, machine, milliseconds, number, percentile
from benchmarks.site import journal_at
from benchmarks.work import callers
from standfast.clients.keys import read_keys
from standfast.clients.model import CLIENT, RegisterClient
from standfast.clients.pages_token import ASSERTION_TYPE
from standfast.demo.world import PROVIDER
from standfast.facts.clients import Algorithm, Quota, Scope
from standfast.journal.keys import SiteKey
from standfast.postgres import EmbeddedPostgres
from standfast.simulate.run import HANDLERS

SECONDS = 12.0
PEOPLE = 12
"""Handlers at work, each of whom does something every quarter of a second."""
PACE = 0.25
CLIENTS = 5
A_MINUTE = 120
TIMES = 20
CONNECTIONS = 8
"""Of each client: a retry storm does not wait for answers."""
AIM_MS = 300
REFERRAL = Path("tests/interop/fixtures/referral.xml").read_bytes()

_numbers = count(1)


async def measure_flood(report: Report, *, apart: bool) -> None:
    """Print what handlers and clients saw without and with the flood."""
    with node(workers=1, api_apart=apart) as running:
        await fill(running, cases=200)
        tokens = await _let_in(running)
        quiet = await _handlers(running, SECONDS)
        flood = asyncio.create_task(_flood(running, tokens, SECONDS))
        loud = await _handlers(running, SECONDS)
        answers, sent = await flood
    _print(report, quiet, loud, answers, sent, apart=apart)


async def _let_in(running: Node) -> list[str]:
    """Register the clients, and get a token for each."""
    return [
        await _token(running, f"flood-{n}", secret) for n, secret in await _register(running)
    ]


async def _register(running: Node) -> list[tuple[int, ECKey]]:
    server = EmbeddedPostgres(running.data / "postgres")
    made = []
    site_key = SiteKey.at(running.data / "site.key")
    async with journal_at(server.app_dsn, key=site_key, site="harrowmere") as store:
        for n in range(CLIENTS):
            secret = ECKey.generate_key("P-256")
            public = {**secret.as_dict(private=False), "kid": "k"}
            public.pop("use", None)
            now = datetime.now(UTC)
            command = RegisterClient(
                client_id=f"flood-{n}",
                org=PROVIDER,
                name=f"Flood {n}",
                speaks_for=("ZZ999",),
                algorithm=Algorithm.ES256,
                scopes=tuple(Scope),
                quota=Quota(per_minute=A_MINUTE, in_flight=4, kilobytes_per_minute=100_000),
                keys=read_keys(json.encode({"keys": [public]}).decode(), Algorithm.ES256, now),
                by="benchmark",
            )
            await store.execute(CLIENT, command.client_id, command, actor="bench", now=now)
            made.append((n, secret))
    return made


async def _token(running: Node, client_id: str, secret: ECKey) -> str:
    port = running.api_port or running.port
    at = int(time.time())
    claims = {
        "iss": client_id,
        "sub": client_id,
        "aud": f"http://127.0.0.1:{port}/oauth/token",
        "exp": at + 200,
        "jti": str(uuid4()),
    }
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": jwt.encode(
            {"alg": "ES256", "kid": "k"}, claims, secret, algorithms=["ES256"]
        ),
    }
    client = Client(port)
    answer = await client.form("/oauth/token", form)
    client.close()
    return str(json.decode(answer.body)["access_token"])


async def _handlers(running: Node, seconds: float) -> Stopwatch:
    """Let handlers work at their pace; return how long each answer took."""
    clients = [Client(running.port) for _ in range(PEOPLE)]
    for n, client in enumerate(clients):
        await client.sign_in(HANDLERS[n % len(HANDLERS)])
    everybody = callers(date(2026, 11, 22))
    visitors = [Visitor(client, running, everybody, n) for n, client in enumerate(clients)]
    watch, until = Stopwatch(), time.perf_counter() + seconds

    async def work(visitor: Visitor, first: float) -> None:
        due = time.perf_counter() + first
        while due < until:
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            await visitor.step(watch)
            due = max(due + PACE, time.perf_counter())

    await asyncio.gather(*(work(each, n * PACE / PEOPLE) for n, each in enumerate(visitors)))
    for client in clients:
        client.close()
    return watch


async def _flood(running: Node, tokens: list[str], seconds: float) -> tuple[Counter[int], int]:
    """Send at twenty times each client's limit; return the answers by status."""
    answers: Counter[int] = Counter()
    until = time.perf_counter() + seconds
    each = CONNECTIONS / (A_MINUTE * TIMES / 60)

    async def send(token: str, first: float) -> int:
        client, sent, due = Client(running.api_port or running.port), 0, first
        while (due := due + each) < until:
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            answers[(await _ask(client, token, next(_numbers))).status] += 1
            sent += 1
        client.close()
        return sent

    now = time.perf_counter()
    sent = await asyncio.gather(
        *(
            send(token, now + n * each / CONNECTIONS)
            for token in tokens
            for n in range(CONNECTIONS)
        )
    )
    return answers, sum(sent)


async def _ask(client: Client, token: str, n: int) -> Answer:
    headers = {
        "authorization": f"Bearer {token}",
        "x-request-id": str(uuid4()),
        "x-correlation-id": str(uuid4()),
        "accept": "application/fhir+json",
    }
    if n % 2:
        return await client.get("/bars/metadata", headers)
    body = REFERRAL.replace(b'family value="Farrant', f'family value="Okoro{n}'.encode())
    headers["content-type"] = "application/fhir+xml"
    return await client.post("/bars/$process-message", headers, body)


def _print(
    report: Report,
    quiet: Stopwatch,
    loud: Stopwatch,
    answers: Counter[int],
    sent: int,
    *,
    apart: bool,
) -> None:
    where = "in a process of its own" if apart else "in the pages' one worker"
    rate = CLIENTS * A_MINUTE * TIMES / 60
    report.say(
        f"## The API at {TIMES} times its limit, {where}",
        "",
        f"{PEOPLE} handlers, {PEOPLE / PACE:.0f} interactions a second; {CLIENTS} clients, each with",
        f"a limit of {A_MINUTE} a minute, send {rate:.0f} calls a second, half of them referrals.",
    )
    rows = []
    for name, watch in (("without the flood", quiet), ("with the flood", loud)):
        times = [each for kind in watch.taken.values() for each in kind]
        shares = [milliseconds(percentile(times, share)) for share in (0.5, 0.95, 0.99)]
        rows.append([name, number(len(times)), *shares])
    report.table(("handlers", "interactions", "p50 ms", "p95 ms", "p99 ms"), rows)
    p95 = float(rows[1][3].replace(",", ""))
    told = ", ".join(f"{answers[status]:,} with {status}" for status in sorted(answers))
    report.say(
        f"{sent:,} calls were answered: {told}.",
        f"A handler's p95 at most {AIM_MS} ms: {'met' if p95 <= AIM_MS else 'MISSED'}.",
        "",
    )
    if loud.failed or quiet.failed:
        report.say(f"Handlers' failures: {quiet.failed} {loud.failed}", "")


def _in_order(lines: list[str]) -> str:
    """Return *lines* with when and where beneath the heading."""
    when, heading, rest = lines[0], lines[2], lines[3:]
    return "\n".join([heading, "", when, *rest]).strip()


async def main(*, save: bool) -> None:
    """Measure both ways; with *save* put the figures at the end of ``results.md``."""
    report = Report()
    report.say(f"{datetime.now(UTC):%d %B %Y}. {machine()}", "")
    await measure_flood(report, apart=True)
    if save:
        kept = RESULTS.read_text(encoding="utf-8").partition("\n## The API at")[0].rstrip()
        RESULTS.write_text(kept + "\n\n" + _in_order(report.lines) + "\n")


if __name__ == "__main__":
    uvloop.run(main(save="--save" in sys.argv))
