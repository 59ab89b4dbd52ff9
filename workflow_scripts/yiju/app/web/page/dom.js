// Making elements. All text goes in as text, never as markup.
const SVG = "http://www.w3.org/2000/svg";

export const at = (id) => document.getElementById(id);

/** An element with attributes (null ones are left out) and children, elements or texts. */
export const make = (name, attributes = {}, ...children) => furnish(document.createElement(name), attributes, children);

export const draw = (name, attributes = {}, ...children) =>
  furnish(document.createElementNS(SVG, name), attributes, children);

function furnish(element, attributes, children) {
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== null) element.setAttribute(key, value);
  }
  element.append(...children);
  return element;
}

/** A table with a caption; the first cell of a row is its head. Cells are texts or elements. */
export function table(caption, head, rows) {
  const cells = (row) => row.map((cell, index) => make(index ? "td" : "th", index ? {} : { scope: "row" }, cell));
  return make(
    "table",
    {},
    make("caption", {}, make("span", {}, caption)),
    make("thead", {}, make("tr", {}, ...head.map((name) => make("th", { scope: "col" }, name)))),
    make("tbody", {}, ...rows.map((row) => make("tr", {}, ...cells(row)))),
  );
}

/** What may be wider than the page, with a name: it is scrolled by keys too. */
export const scrolling = (label, child) => make("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": label }, child);

// Controls, and marks that steer the direction of text or have no width, but for the one that joins emoji: shown, not
// obeyed.
const UNSEEN = /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b\u200c\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/u;

const PARTS = new RegExp(`(${UNSEEN.source})`, "u");
const CLUSTERS = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** A text as it can be seen: characters without a look of their own by their numbers, what lies between them whole. */
export function visible(text) {
  return text.split(PARTS).filter(Boolean).map((part) => (UNSEEN.test(part) ? named(part) : part));
}

/** What people see as the characters of a text: an emoji that is joined of several is one. */
export const graphemes = (text) => [...CLUSTERS.segment(text)].map(({ segment }) => segment);

function named(one) {
  return make("span", { class: "unseen" }, `U+${one.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}`);
}

/** The same as plain text, for sentences about characters. */
export const plain = (text) => visible(text).map((part) => part.textContent ?? part).join("");

// Longer units are shortened where a sentence quotes them.
const LONGEST = 24;

/** A unit as a sentence quotes it. */
export function quoted(text) {
  const seen = graphemes(text);
  return plain(seen.length > LONGEST ? `${seen.slice(0, LONGEST - 1).join("")}…` : text);
}
