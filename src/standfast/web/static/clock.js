// Time: the clock of the top bar, <time-left>, and times that count up. One ticker for all.
//
// Everything counts by the server's clock, which net.js hands over with every answer, so that
// a desk whose own clock is wrong still shows what the rest of the room sees.

const LONDON = { timeZone: "Europe/London", hour12: false };
const MINUTES = new Intl.DateTimeFormat("en-GB", { ...LONDON, hour: "2-digit", minute: "2-digit" });
const SECONDS = new Intl.DateTimeFormat("en-GB", { ...LONDON, timeStyle: "medium" });

const SOON_SHARE = 0.2;
const SOON_SECONDS = 180;
const OFFSET_WORTH_NOTICING = 1500; // milliseconds; a Date header is only good to a second

let offset = 0;

export const serverNow = () => Date.now() + offset;
export const hoursAndMinutes = (instant) => MINUTES.format(instant);
export const hoursToSeconds = (instant) => SECONDS.format(instant);

/** Take the server's time from one of its answers. */
export function followServer(response) {
  const said = Date.parse(response.headers.get("Date") ?? "");
  if (Number.isNaN(said)) return;
  const difference = said - Date.now();
  offset = Math.abs(difference) > OFFSET_WORTH_NOTICING ? difference : 0;
}

/** Seconds in words: 04:12, 43min, 1hr 4min. Whole numbers only. */
export function lengthInWords(seconds) {
  const whole = Math.abs(Math.trunc(seconds));
  const minutes = Math.trunc(whole / 60);
  if (minutes < 10) return `${two(minutes)}:${two(whole % 60)}`;
  const hours = Math.trunc(minutes / 60);
  if (!hours) return `${minutes}min`;
  if (hours >= 48) return `${Math.floor(hours / 24)} days`;
  return minutes % 60 ? `${hours}hr ${minutes % 60}min` : `${hours}hr`;
}

const two = (number) => String(number).padStart(2, "0");

/** Minutes and seconds: 02:14, 75:03. */
export const stopwatch = (seconds) => {
  const whole = Math.max(0, Math.trunc(seconds));
  return `${two(Math.trunc(whole / 60))}:${two(whole % 60)}`;
};

class TimeLeft extends HTMLElement {
  static all = new Set();

  connectedCallback() {
    TimeLeft.all.add(this);
    this.tick(serverNow());
  }

  disconnectedCallback() {
    TimeLeft.all.delete(this);
  }

  tick(now) {
    const left = (Date.parse(this.dataset.due) - now) / 1000;
    if (Number.isNaN(left)) return;
    const soon = Math.max(Number(this.dataset.target || 0) * SOON_SHARE, SOON_SECONDS);
    const state = left < 0 ? "over" : left < soon ? "soon" : "in-time";
    const words = left < 0 ? `over ${lengthInWords(left)}` : `${lengthInWords(left)} left`;
    if (this.dataset.state !== state) this.dataset.state = state;
    const label = this.querySelector(":scope > span");
    if (label && label.textContent !== words) label.textContent = words;
  }
}

function tick() {
  const now = serverNow();
  for (const element of TimeLeft.all) element.tick(now);
  for (const clock of document.querySelectorAll("[data-clock]")) {
    write(clock, hoursAndMinutes(now));
  }
  for (const element of document.querySelectorAll("[data-since]")) {
    write(element, stopwatch((now - Date.parse(element.dataset.since)) / 1000));
  }
}

function write(element, words) {
  if (element.textContent !== words) element.textContent = words;
}

customElements.define("time-left", TimeLeft);
setInterval(tick, 1000);
tick();
