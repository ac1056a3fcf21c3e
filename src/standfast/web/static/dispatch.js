// The map's three buttons, and the hand on the chosen incident. The rest is links and forms.

import "./app.js";

const SCALES = ["1", "2", "4", "8"];
const map = document.querySelector(".map");
const frame = map?.querySelector(".frame");
const tools = document.querySelector("[data-map-tools]");

/** Show the map larger or smaller, the same spot in the middle. */
function zoom(scale) {
  const spot = frame.dataset.scale === "1" ? chosenSpot() : middle();
  frame.dataset.scale = scale;
  map.scrollTo(
    spot.x * frame.offsetWidth - map.clientWidth / 2,
    spot.y * frame.offsetHeight - map.clientHeight / 2,
  );
}

const middle = () => ({
  x: (map.scrollLeft + map.clientWidth / 2) / frame.offsetWidth,
  y: (map.scrollTop + map.clientHeight / 2) / frame.offsetHeight,
});

/** Where the chosen incident is, as parts of the map; the middle when there is none. */
function chosenSpot() {
  const spot = frame.querySelector(".chosen")?.closest("svg");
  if (!spot) return { x: 0.5, y: 0.5 };
  return { x: parseFloat(spot.getAttribute("x")) / 100, y: parseFloat(spot.getAttribute("y")) / 100 };
}

if (frame) {
  tools.hidden = false;
  tools.addEventListener("click", ({ target }) => {
    const wish = target.closest("[data-zoom]")?.dataset.zoom;
    const here = SCALES.indexOf(frame.dataset.scale);
    if (wish === "all") zoom("1");
    if (wish === "in") zoom(SCALES[Math.min(here + 1, SCALES.length - 1)]);
    if (wish === "out") zoom(SCALES[Math.max(here - 1, 0)]);
  });
}

// Whoever comes back from a press finds the chosen incident under their hand: digits send.
const chosen = document.querySelector(".incident[aria-current='true']");
const form = document.querySelector(".giving-less");
if (chosen && !form && location.search && document.activeElement === document.body) chosen.focus();
form?.querySelector("select, textarea")?.focus();
