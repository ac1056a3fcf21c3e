"""Tables for the terminal and, word for word, for ``results.md``."""

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

RESULTS = Path(__file__).parent / "results.md"


@dataclass
class Report:
    """What was measured so far: printed as it comes, saved at the end."""

    lines: list[str] = field(default_factory=list)

    def say(self, *lines: str) -> None:
        """Print *lines* and keep them."""
        for line in lines:
            print(line, flush=True)
            self.lines.append(line)

    def table(self, header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Print a table in Markdown, its columns in line; the first is left, others right."""
        widths = [max(len(row[n]) for row in [header, *rows]) for n in range(len(header))]
        rule = [f"{'-' * width}{':' if n else '-'}" for n, width in enumerate(widths)]
        self.say("", _line(header, widths), f"|{'|'.join(f' {each}' for each in rule)}|")
        self.say(*(_line(row, widths) for row in rows), "")

    def save(self) -> None:
        RESULTS.write_text("\n".join(self.lines).strip() + "\n", encoding="utf-8")


def machine() -> str:
    """Return a line that says what this ran on."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 2**30
    return (
        f"{_processor()}, {os.cpu_count()} cores, {memory:.0f} GB, "
        f"{platform.system()} {platform.release()}, Python {platform.python_version()}. "
        f"Other programs kept {os.getloadavg()[0]:.1f} processes busy when it began."
    )


def percentile(times: Sequence[float], share: float) -> float:
    """Return the time that *share* of *times* do not exceed; 0 when there are none."""
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


def number(value: float) -> str:
    """Return a count with thousands in groups."""
    return f"{value:,.0f}"


def milliseconds(seconds: float) -> str:
    """Return seconds as milliseconds."""
    return f"{seconds * 1000:.1f}"


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = [
        cell.rjust(width) if n else cell.ljust(width)
        for n, (cell, width) in enumerate(zip(row, widths, strict=True))
    ]
    return f"| {' | '.join(cells)} |"


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
