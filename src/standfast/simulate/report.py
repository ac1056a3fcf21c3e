"""The one table that a run prints."""

from collections import Counter
from collections.abc import Iterator

from rich.table import Table

from standfast.simulate.measured import Kind, percentile
from standfast.simulate.run import Result

_COUNTED = (
    "vehicles allocated",
    "incidents closed",
    "bookings",
    "slot taken by somebody quicker",
    "patients arrived",
    "bookings cancelled by the clinic",
    "arranged again after closing",
    "referrals",
    "no service: clinician asked for",
    "decided by a clinician",
    "prescriptions written",
    "prescriptions supplied",
    "prescriptions returned",
    "declined with advice",
    "entries sent twice",
)


def table(result: Result) -> Table:
    """Return everything worth knowing of a run."""
    whole = Table("", "", "", "", "", box=None, header_style="bold", show_header=False)
    for title, *columns in _rows(result):
        whole.add_row(title, *columns)
    return whole


def _rows(result: Result) -> Iterator[tuple[str, ...]]:
    tally, verdict = result.tally, result.verdict
    counts, calls = tally.counts, tally.calls
    outcomes = Counter(call.outcome for call in calls if call.outcome)
    yield "[bold]Calls[/bold]", f"{len(calls):,}", f"in {result.seconds:.0f} s"
    for outcome, count in outcomes.most_common():
        yield f"  {outcome.replace('_', ' ')}", f"{count:,}"
    requested = sum(call.outcome.startswith("ambulance") for call in calls)
    yield "ambulances requested", f"{requested:,}"
    yield "ambulances accepted", f"{counts['ambulances accepted']:,}"
    for name in _COUNTED:
        yield name, f"{counts[name]:,}"
    yield "races for one slot", f"{result.races:,}"
    abandoned = counts["abandoned"] + counts["lost during the call"]
    back = sum(call.settled for call in calls)
    yield "abandoned or cut off", f"{abandoned:,}", f"called back {back:,}"
    yield "cases closed", f"{sum(call.closed for call in calls):,}"
    yield "refused, as it should be", f"{sum(tally.refused.values()):,}"
    for sentence, count in tally.refused.most_common():
        yield f"  {sentence}", f"{count:,}"
    yield "trouble, tried again", f"{sum(tally.trouble.values()):,}"
    for words, count in tally.trouble.most_common():
        yield f"  {words}", f"{count:,}"
    yield "entries acknowledged, all found", f"{verdict.entries:,}"
    yield "requests to others", f"{verdict.requests:,}"
    yield "not done yet, on somebody's list", f"{len(verdict.waiting):,}"
    colour = "red" if verdict.lost else "green"
    yield f"[bold {colour}]lost[/bold {colour}]", f"[bold {colour}]{len(verdict.lost)}[/]"
    yield "", "", "", "", ""
    yield tuple(
        f"[bold]{word}[/bold]" for word in ("Interaction", "times", "p50", "p95", "p99 ms")
    )
    for kind in Kind:
        taken = tally.times.taken[kind]
        if taken:
            shares = (percentile(taken, share) * 1000 for share in (0.5, 0.95, 0.99))
            yield (kind.value, f"{len(taken):,}", *(f"{each:.1f}" for each in shares))
