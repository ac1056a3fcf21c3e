"""Spans from the request to the query, by names of ours; none while nobody asks."""

from collections.abc import Iterator

import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from standfast.observability import tracing
from tests.calls.examples import AMIRA, CASE_ID, OPEN, PROBLEM, write
from tests.support.database import Database
from tests.support.site import open_site


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    provider = tracing.trace_with(exporter)
    exporter.flush = provider.force_flush  # type: ignore[attr-defined]
    yield exporter
    tracing.trace_nothing()
    provider.shutdown()


async def test_a_step_is_measured_from_the_request_to_the_query(
    database: Database, spans: InMemorySpanExporter
) -> None:
    async with open_site(database, actor=AMIRA) as site:
        await write(site, OPEN, PROBLEM)
        await site.get(f"/calls/{CASE_ID}")
    spans.flush()  # type: ignore[attr-defined]

    done = spans.get_finished_spans()
    names = {span.name for span in done}
    assert {"request", "POST /device/entries", "decide calls.case", "append", "query"} <= names
    parents = {span.context.span_id: span.name for span in done if span.context}
    inside = {(span.name, parents.get(span.parent.span_id)) for span in done if span.parent}
    assert ("POST /device/entries", "request") in inside
    assert ("append", "POST /device/entries") in inside
    said = str([(span.name, dict(span.attributes or {})) for span in done])
    assert CASE_ID not in said
    assert "chest" not in said


def test_while_nobody_looks_nothing_is_made() -> None:
    assert tracing.span("one") is tracing.span("two")
