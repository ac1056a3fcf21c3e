"""What a person would see, asked of a page: is each control in reach, each colour told apart.

Axe alone is not safety: while it found nothing, a sticky bar once hid the first answer at
200 % zoom. So the browser suite asks ``faults_everywhere`` of every screen, at every size.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any, Final

from axe_playwright_python.base import AXE_SCRIPT  # type: ignore[import-untyped]
from playwright.sync_api import Page

SIZES: Final = ((1440, 900), (1366, 768), (1024, 768), (720, 450), (320, 568))
"""Desk, old desk, small desk, a desk at 200 % zoom, and the narrowest that WCAG asks for."""

AXE: Final = {("dark", 1024), ("light", 1440), ("light", 320)}
"""Where axe is asked, which takes a second on a big screen: each theme, the ends of the sizes."""

CHROMIUM_FLAGS: Final = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # What no page of ours needs, a fifth of the work: Debian's start-up turns the first on.
    "--disable-gpu-rasterization",
    "--disable-extensions",
    "--disable-component-extensions-with-background-pages",
    "--disable-default-apps",
    "--num-raster-threads=1",
    "--disable-features=PreloadTopChromeWebUI,SpareRendererForSitePerProcess,Translate",
)

_VIOLATIONS: Final = """() =>
  axe.run({ resultTypes: ["violations"] }).then(({ violations }) => violations)"""

_HIDDEN_CONTROLS: Final = """() => {
  const controls = ":is(main, .bar) :is(button, a[href], input, select, textarea, summary)";
  const covered = [];
  for (const control of document.querySelectorAll(controls)) {
    if (!control.checkVisibility() || control.disabled || control.type === "hidden") continue;
    if (control.closest(".hidden-text, .skip")) continue;
    control.scrollIntoView({ block: "nearest", inline: "nearest" });
    const box = control.getClientRects()[0];
    if (!box) continue;
    const top = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
    const reached = top && (control.contains(top) || top.closest("label")?.contains(control));
    if (reached) continue;
    const name = (control.textContent.trim() || control.id || control.className).slice(0, 40);
    covered.push(`${name} is under ${top ? top.className || top.tagName : "the edge"}`);
  }
  return covered;
}"""


_TABS_CUT_OFF: Final = """() => {
  const tabs = document.querySelector("nav.workspaces");
  return tabs && innerWidth > 960 ? tabs.scrollWidth - tabs.clientWidth : 0;
}"""
"""On a desk every tab is seen; on less they scroll, and the edge says so."""


def faults_everywhere(page: Page) -> tuple[str, ...]:
    """Return what is wrong with *page* at every size; axe, the slow part, asks at three.

    It is asked of both themes, of the widest and of the narrowest. The page is left at the
    first size, and light.
    """
    found: list[str] = []
    for colours, sizes in (("dark", SIZES[2:3]), ("light", SIZES[::-1])):
        page.emulate_media(color_scheme=colours)  # type: ignore[arg-type]
        for width, height in sizes:
            page.set_viewport_size({"width": width, "height": height})
            asked = axe_faults(page) if (colours, width) in AXE else ()
            found += (
                f"{colours} {width}: {fault}"
                for fault in (*asked, *hidden_controls(page), *sideways(page))
            )
    return tuple(found)


def axe_faults(page: Page) -> tuple[str, ...]:
    """Return what axe finds, a line for each rule broken, with the first place."""
    if not page.evaluate("typeof axe === 'object'"):  # half a megabyte, once for each page
        page.evaluate(AXE_SCRIPT)
    violations: list[dict[str, Any]] = page.evaluate(_VIOLATIONS)
    return tuple(
        f"{found['id']} ({len(found['nodes'])}): {found['nodes'][0]['html'][:160]}"
        for found in violations
    )


def hidden_controls(page: Page) -> tuple[str, ...]:
    """Return the controls that a pointer cannot reach because something covers them."""
    covered: list[str] = page.evaluate(_HIDDEN_CONTROLS)
    return tuple(covered)


def sideways(page: Page) -> tuple[str, ...]:
    """Return that the page or its tabs must be scrolled sideways, if they must."""
    extra: int = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    cut: int = page.evaluate(_TABS_CUT_OFF)
    return (
        *((f"the page is {extra} px too wide",) if extra > 0 else ()),
        *((f"the tabs are cut off by {cut} px",) if cut > 0 else ()),
    )


# Colours: five priorities that everybody can tell apart, with ink that everybody can read.

LEAST_CONTRAST: Final = 4.5
"""Ink on its tile: WCAG 2.2, 1.4.3."""

LEAST_DIFFERENCE: Final = 14.0
"""CIE76 between any two tiles, for each kind of colour vision (design language, section 4)."""

LEAST_DIFFERENCE_GREY: Final = 10.0
"""The same without any colour, as on a monochrome print."""

_Linear = tuple[float, float, float]

_VISIONS: Final[Mapping[str, Sequence[_Linear]]] = {
    # Machado, Oliveira and Fernandes 2009, severity 1; grey is CIE luminance.
    "usual vision": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
    "no colour": ((0.2126, 0.7152, 0.0722),) * 3,
}


def priority_colours(stylesheet: Path) -> dict[str, list[tuple[str, str]]]:
    """Return each theme's five (tile, ink) pairs, as *stylesheet* declares them."""
    text = stylesheet.read_text(encoding="utf-8")

    def both(name: str) -> tuple[str, str]:
        found = re.search(rf"--{name}: light-dark\((#\w{{6}}), (#\w{{6}})\)", text)
        assert found, f"--{name} is not declared"
        return found[1], found[2]

    pairs = [(both(f"p{level}"), both(f"p{level}-ink")) for level in range(1, 6)]
    return {
        theme: [(tile[index], ink[index]) for tile, ink in pairs]
        for index, theme in enumerate(("light", "dark"))
    }


def colour_faults(colours: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Yield what is wrong with five (tile, ink) pairs, most urgent first."""
    for level, (tile, ink) in enumerate(colours, start=1):
        if contrast(tile, ink) < LEAST_CONTRAST:
            yield f"the ink of priority {level} has a contrast of {contrast(tile, ink):.1f}"
    for vision, matrix in _VISIONS.items():
        least = LEAST_DIFFERENCE_GREY if vision == "no colour" else LEAST_DIFFERENCE
        seen = [_lab(_through(matrix, _linear(tile))) for tile, _ in colours]
        for (one, first), (two, second) in combinations(enumerate(seen, start=1), 2):
            if _distance(first, second) < least:
                yield f"priorities {one} and {two} look alike with {vision}"


def contrast(one: str, two: str) -> float:
    """Return the WCAG contrast of two colours written ``#rrggbb``."""
    dark, light = sorted(_luminance(_linear(colour)) for colour in (one, two))
    return (light + 0.05) / (dark + 0.05)


def _linear(colour: str) -> _Linear:
    def channel(start: int) -> float:
        value = int(colour[start : start + 2], 16) / 255
        return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4

    return channel(1), channel(3), channel(5)


def _luminance(colour: _Linear) -> float:
    return 0.2126 * colour[0] + 0.7152 * colour[1] + 0.0722 * colour[2]


def _through(matrix: Sequence[_Linear], colour: _Linear) -> _Linear:
    def channel(row: _Linear) -> float:
        return min(1.0, max(0.0, sum(a * b for a, b in zip(row, colour, strict=True))))

    return channel(matrix[0]), channel(matrix[1]), channel(matrix[2])


def _lab(colour: _Linear) -> _Linear:
    """Return CIE L*a*b* under D65."""
    red, green, blue = colour
    x = _root((0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.95047)
    y = _root(_luminance(colour))
    z = _root((0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.08883)
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def _root(part: float) -> float:
    return float(part ** (1 / 3)) if part > 0.008856 else 7.787 * part + 16 / 116


def _distance(one: _Linear, two: _Linear) -> float:
    return float(sum((a - b) ** 2 for a, b in zip(one, two, strict=True)) ** 0.5)
