// Making elements. Text is always text; HTML is read in one place, and only our own server's.

const ICONS = new URL("icons.svg", import.meta.url);
const SVG = "http://www.w3.org/2000/svg";

/** An element with attributes (on… are listeners, false and null are left out) and children. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== false && child !== null && child !== undefined));
  return element;
}

/** A drawing of icons.svg; always beside words. */
export function icon(name) {
  const drawing = document.createElementNS(SVG, "svg");
  const use = document.createElementNS(SVG, "use");
  drawing.setAttribute("class", "icon");
  drawing.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `${ICONS.href}#${name}`);
  drawing.append(use);
  return drawing;
}

/** A key as it is shown. */
export const cap = (keys) => make("kbd", { "aria-hidden": "true" }, keys);

/** A button that says its key. */
export function button(label, { key = "", kind = "", symbol = "", shownKey = key, ...attributes } = {}) {
  return make(
    "button",
    {
      type: "button",
      class: `button ${kind}`,
      "data-action": label,
      "aria-keyshortcuts": key.replace(" ", "+") || null,
      ...attributes,
    },
    symbol && icon(symbol),
    make("span", {}, label),
    shownKey && cap(shownKey),
  );
}

/** What is said to the caller, under its small heading. */
export const say = (words) => make("p", { class: "say" }, icon("speech"), words);

/** A telephone number as people read it: 07700 900 417. */
export function phone(number) {
  const digits = (number ?? "").replace(/\D/g, "");
  return digits.length === 11 ? `${digits.slice(0, 5)} ${digits.slice(5, 8)} ${digits.slice(8)}` : number;
}

// The browser takes HTML and workers from this policy and from nothing else (Trusted Types).
const policy = globalThis.trustedTypes?.createPolicy("standfast", {
  createHTML: (html) => html,
  createScriptURL: (address) => {
    if (address !== "/sw.js") throw new TypeError("not a worker of ours");
    return address;
  },
});

/** HTML that our own server wrote, as nodes; a script in it never runs. */
export function parsed(html) {
  const template = document.createElement("template");
  template.innerHTML = policy ? policy.createHTML(html) : html;
  return template.content;
}

/** The address of our one worker. */
export const workerAddress = () => (policy ? policy.createScriptURL("/sw.js") : "/sw.js");
