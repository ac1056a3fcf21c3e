// Lists of rows, in any element that says data-rows: arrows move, Enter or a click opens.
//
// A row is an element with data-key. It opens its .row-link, or the address in data-open.

const ROWS = "[data-rows]";
const ROW = "[data-key]";
const HAS_ITS_OWN_CLICK = "a, button, input, select, textarea, label, summary";

function prepare() {
  for (const list of document.querySelectorAll(ROWS)) {
    const rows = [...list.querySelectorAll(ROW)];
    const reachable = rows.find((row) => row.tabIndex === 0) ?? rows[0];
    for (const row of rows) row.tabIndex = row === reachable ? 0 : -1;
  }
}

function moveTo(row, from) {
  if (!row) return;
  from.tabIndex = -1;
  row.tabIndex = 0;
  row.focus();
}

function open(row) {
  const link = row.querySelector(".row-link");
  if (link) link.click();
  else if (row.dataset.open) location.assign(row.dataset.open);
}

document.addEventListener("keydown", (event) => {
  const row = event.target.closest?.(`${ROWS} ${ROW}`);
  if (row !== event.target || event.ctrlKey || event.altKey || event.metaKey) return;
  const rows = [...row.closest(ROWS).querySelectorAll(ROW)];
  const here = rows.indexOf(row);
  const target = {
    ArrowDown: rows[here + 1],
    ArrowUp: rows[here - 1],
    Home: rows[0],
    End: rows.at(-1),
  }[event.key];
  if (target) {
    event.preventDefault();
    moveTo(target, row);
  } else if (event.key === "Enter") {
    event.preventDefault();
    open(row);
  }
});

document.addEventListener("click", (event) => {
  const row = event.target.closest(`${ROWS} ${ROW}`);
  if (!row || event.target.closest(HAS_ITS_OWN_CLICK) || getSelection().toString()) return;
  open(row);
});

document.addEventListener("live:placed", prepare);
prepare();
