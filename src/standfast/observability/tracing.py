"""Spans of a request: where its time goes. Off unless ``standfast[otel]`` is there and asked for.

A span has the name of a route, a kind of stream or a query's table: never a value.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, Final

_NOTHING: Final = nullcontext()


class _Tracer:
    """The tracer of this process; None: nobody looks."""

    def __init__(self) -> None:
        self.inside: Any = None


_tracer: Final = _Tracer()


def span(name: str) -> AbstractContextManager[None]:
    """Measure what happens inside the block as *name*, within whatever is being measured."""
    return _NOTHING if _tracer.inside is None else _measured(name)


@contextmanager
def _measured(name: str) -> Iterator[None]:
    with _tracer.inside.start_as_current_span(name, record_exception=False):
        yield


def trace_to(endpoint: str) -> None:
    """Send spans to the collector at *endpoint* (OTLP over HTTP); an empty one sends none."""
    if not endpoint:
        return
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415
            OTLPSpanExporter,
        )
    except ImportError as error:
        raise RuntimeError(
            "STANDFAST_TRACES names a collector, and the program lacks what speaks to it: "
            "pip install 'standfast[otel]'"
        ) from error
    trace_with(OTLPSpanExporter(endpoint=endpoint))


def trace_with(exporter: Any) -> Any:
    """Send spans to *exporter*; return the provider, whose ``shutdown`` sends what is left."""
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415 - an extra
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    provider = TracerProvider(resource=Resource.create({"service.name": "standfast"}))
    provider.add_span_processor(BatchSpanProcessor(exporter))
    _tracer.inside = provider.get_tracer("standfast")
    return provider


def trace_nothing() -> None:
    """Measure nothing any more."""
    _tracer.inside = None
