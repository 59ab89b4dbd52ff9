// The evidence as coloured characters, and the links between them.
import { draw, make, visible } from "./dom.js";
import { say } from "./words.js";

// Ranks that are written out.
const TOP = 3;
// Room for a rank below a character, in pixels.
const RANK = 17;
// How far the bar of a span ends before its characters do, in pixels: spans side by side stay apart.
const INSET = 3;

export const SIDES = ["q", "t"];

export const segments = (answer) => SIDES.flatMap((side) => answer[`${side}_segments`].map((one) => ({ ...one, side })));

/** All segments of both sides that were read, highest score first, as the curve hides them. */
export function ordered(answer) {
  return segments(answer)
    .filter((one) => one.score !== null)
    .map((one, place) => [one, place])
    .sort(([a, i], [b, j]) => b.score - a.score || i - j)
    .map(([one]) => one);
}

/** Fill a paragraph with a sentence, each segment coloured by its strength. Offsets count code points. */
export function sentence(element, text, parts) {
  const points = [...text];
  const children = [];
  let place = 0;
  for (const one of parts) {
    children.push(...visible(points.slice(place, one.start).join("")), mark(one));
    place = one.end;
  }
  element.replaceChildren(...children, ...visible(points.slice(place).join("")));
}

/** What the model did not read, or cannot tell from others, of a segment. */
export const remarks = (one) => ["unknown", "truncated"].filter((key) => one[key]).map((key) => say(`${key}One`)).join(", ");

/** A number that may be missing. */
export const figure = (value) => (value === null ? "" : value.toPrecision(3));

/** The rank of a segment, with a sign where samples do not tell it from its neighbours in rank. */
export const rank = (one) => (one.shared ? `${one.shared}=` : String(one.rank ?? ""));

const effect = (one) => (one.effect === null ? "" : say("effectIs", { effect: figure(one.effect) }));

function mark(one) {
  const share = Math.abs(one.strength);
  const against = one.strength < 0;
  const classes = ["seg", against ? "against" : one.strength > 0 ? "for" : "", one.rank ? "picked" : ""];
  classes.push(one.unknown ? "unknown" : "", one.truncated ? "unread" : "");
  const note = against ? "−" : one.rank && (one.shared ?? one.rank) <= TOP ? rank(one) : "";
  const ranked = one.shared ? say("tied", { rank: one.shared }) : one.rank ? say("ranked", { rank: one.rank }) : "";
  const told = [figure(one.score), effect(one), ranked, remarks(one)].filter(Boolean).join(", ");
  const element = make("span", { class: classes.filter(Boolean).join(" "), title: told }, make("bdi", {}, ...visible(one.text)));
  element.style.setProperty("--share", share.toFixed(3));
  element.append(make("span", { class: "rank", "aria-hidden": "true" }, note));
  return element;
}

/** The strongest cells of the matrix, none below a floor: {q, t: indices of segments, value}, strongest first. */
export function strongest(matrix, floor, count) {
  const all = matrix.flatMap((row, q) => row.map((value, t) => ({ q, t, value })));
  const sorted = all.filter(({ value }) => value && Math.abs(value) >= floor).sort((a, b) => Math.abs(b.value) - Math.abs(a.value));
  return sorted.slice(0, count);
}

/** Draw links between the spans of two paragraphs into an SVG that lies behind both; full: strength of a full one. */
export function lines(svg, answer, paragraphs, links, full) {
  const box = svg.parentElement.getBoundingClientRect();
  svg.setAttribute("viewBox", `0 0 ${box.width} ${box.height}`);
  svg.replaceChildren(
    ...links.map((link) => {
      const [upper, lower] = SIDES.map((side, place) => rows(paragraphs[place], answer[`${side}_segments`], link[side], box));
      const edges = [...upper.map((row) => ({ ...row, y: row.bottom + RANK })), ...lower.map((row) => ({ ...row, y: row.top - 2 }))];
      const [from, to] = [edges[upper.length - 1], edges[upper.length]];
      const share = Math.min(1, Math.abs(link.score) / full);
      return draw("path", {
        d: [...edges.map(({ left, right, y }) => `M${left + INSET} ${y}H${right - INSET}`), curveBetween(from, to)].join(""),
        class: link.score < 0 ? "line instead" : "line together",
        "stroke-width": (1 + 3 * share).toFixed(2),
        "stroke-opacity": (0.3 + 0.6 * share).toFixed(2),
        "data-q": link.q.join("-"),
        "data-t": link.t.join("-"),
      });
    }),
  );
}

/** Where the rows of a paragraph lie that a span of characters covers, in pixels within a box. */
function rows(paragraph, parts, [start, end], box) {
  const found = [];
  [...paragraph.querySelectorAll(".seg")].forEach((element, index) => {
    if (parts[index].start < start || parts[index].end > end) return;
    const { left, right, top, bottom } = element.getBoundingClientRect();
    const last = found.at(-1);
    if (last && Math.abs(last.top + box.top - top) < 2) last.right = right - box.left;
    else found.push({ left: left - box.left, right: right - box.left, top: top - box.top, bottom: bottom - box.top });
  });
  return found;
}

function curveBetween(from, to) {
  const [x1, x2] = [from, to].map(({ left, right }) => (left + right) / 2);
  const bend = (to.y - from.y) * 0.45;
  return `M${x1} ${from.y}C${x1} ${from.y + bend} ${x2} ${to.y - bend} ${x2} ${to.y}`;
}

export function legend(answer, links) {
  const entry = (kind, key) => make("li", {}, make("span", { class: `key ${kind}`, "aria-hidden": "true" }), say(key));
  const found = [entry("for", "for")];
  if (answer.signed) found.push(entry("against", "against"));
  found.push(entry("picked", "picked"));
  if (segments(answer).some((one) => one.shared)) found.push(make("li", { class: "remark" }, say("sharedRank")));
  if (segments(answer).some((one) => one.unknown)) found.push(entry("unknown", "unknownOne"));
  if (segments(answer).some((one) => one.truncated)) found.push(entry("unread", "truncatedOne"));
  if (links.some(({ score }) => score > 0)) found.push(entry("together", "together"));
  if (links.some(({ score }) => score < 0)) found.push(entry("instead", "instead"));
  if (!answer.signed) found.push(make("li", { class: "remark" }, say("unsigned")));
  return found;
}
