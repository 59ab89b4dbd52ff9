// The evidence as coloured characters, the lines between them, and the curve.
import { draw, make, plain, visible } from "./dom.js";
import { say } from "./words.js";

// Lines that are drawn, at most.
const LINES = 8;
// Ranks that are written out.
const TOP = 3;
// Room for a rank below a character, in pixels.
const RANK = 17;
// Room for a character under the curve, in pixels.
const LABEL = 16;

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

const effect = (one) => (one.effect === null ? "" : say("effectIs", { effect: figure(one.effect) }));

function mark(one) {
  const share = Math.abs(one.strength);
  const against = one.strength < 0;
  const classes = ["seg", against ? "against" : one.strength > 0 ? "for" : "", one.rank ? "picked" : ""];
  classes.push(one.unknown ? "unknown" : "", one.truncated ? "unread" : "");
  const note = against ? "−" : one.rank && one.rank <= TOP ? String(one.rank) : "";
  const told = [figure(one.score), effect(one), one.rank ? say("ranked", { rank: one.rank }) : "", remarks(one)].filter(Boolean).join(", ");
  const element = make("span", { class: classes.filter(Boolean).join(" "), title: told }, make("bdi", {}, ...visible(one.text)));
  element.style.setProperty("--share", share.toFixed(3));
  element.append(make("span", { class: "rank", "aria-hidden": "true" }, note));
  return element;
}

/** The strongest entries of the matrix, none below a floor: {q, t: indices of segments, value}, strongest first. */
export function strongest(matrix, floor, count = LINES) {
  const all = matrix.flatMap((row, q) => row.map((value, t) => ({ q, t, value })));
  const sorted = all.filter(({ value }) => value && Math.abs(value) >= floor).sort((a, b) => Math.abs(b.value) - Math.abs(a.value));
  return sorted.slice(0, count);
}

/** Draw lines between the segments of two paragraphs into an SVG that lies behind both; full: strength of a full one. */
export function lines(svg, first, second, entries, full) {
  const box = svg.parentElement.getBoundingClientRect();
  svg.setAttribute("viewBox", `0 0 ${box.width} ${box.height}`);
  const [q, t] = [first, second].map((side) => [...side.querySelectorAll(".seg")].map((one) => one.getBoundingClientRect()));
  svg.replaceChildren(
    ...entries.map((entry) => {
      const [from, to] = [q[entry.q], t[entry.t]];
      const [x1, y1] = [from.left + from.width / 2 - box.left, from.bottom - box.top + RANK];
      const [x2, y2] = [to.left + to.width / 2 - box.left, to.top - box.top - 2];
      const bend = (y2 - y1) * 0.45;
      const share = Math.min(1, Math.abs(entry.value) / full);
      return draw("path", {
        d: `M${x1} ${y1}C${x1} ${y1 + bend} ${x2} ${y2 - bend} ${x2} ${y2}`,
        class: entry.value < 0 ? "line instead" : "line together",
        "stroke-width": (1 + 3 * share).toFixed(2),
        "stroke-opacity": (0.3 + 0.6 * share).toFixed(2),
        "data-q": entry.q,
        "data-t": entry.t,
      });
    }),
  );
}

export function legend(answer, entries) {
  const entry = (kind, key) => make("li", {}, make("span", { class: `key ${kind}`, "aria-hidden": "true" }), say(key));
  const found = [entry("for", "for")];
  if (answer.signed) found.push(entry("against", "against"));
  found.push(entry("picked", "picked"));
  if (segments(answer).some((one) => one.unknown)) found.push(entry("unknown", "unknownOne"));
  if (segments(answer).some((one) => one.truncated)) found.push(entry("unread", "truncatedOne"));
  if (entries.some(({ value }) => value > 0)) found.push(entry("together", "together"));
  if (entries.some(({ value }) => value < 0)) found.push(entry("instead", "instead"));
  if (!answer.signed) found.push(make("li", { class: "remark" }, say("unsigned")));
  return found;
}

/** After how many hidden segments the judgement first turns, or -1. floor: as of `curve`. */
export const turningPoint = (curve, floor) => curve.findIndex((p, count) => count && floor !== null && p < floor);

/** The removal curve as an SVG of a given width in pixels; hidden: the segments in the order in which they go.
 * floor: probability of the label down to which the judgement holds, null where nothing turns; told: a value in words;
 * ends: least and greatest value of the axis. */
export function curve(values, hidden, floor, width, told, [least, most]) {
  const [height, left, right, top, bottom] = [220, 40, 12, 16, 48];
  const steps = Math.max(1, values.length - 1);
  const x = (count) => left + ((width - left - right) * count) / steps;
  const y = (p) => top + (height - top - bottom) * (1 - (p - least) / (most - least || 1));
  const path = values.map((p, count) => `${count ? "L" : "M"}${x(count).toFixed(1)} ${y(p).toFixed(1)}`).join("");
  const turned = turningPoint(values, floor);
  const svg = draw("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-labelledby": "curve-said" });
  for (const p of [least, (least + most) / 2, most]) {
    svg.append(draw("path", { d: `M${left} ${y(p)}H${width - right}`, class: "grid" }));
    svg.append(draw("text", { x: left - 8, y: y(p) + 4, "text-anchor": "end" }, least === 0 && most === 1 ? `${100 * p}%` : p.toPrecision(2)));
  }
  if (floor !== null) svg.append(draw("path", { d: `M${left} ${y(floor)}H${width - right}`, class: "floor" }));
  svg.append(draw("path", { d: `${path}L${x(values.length - 1)} ${y(least)}L${left} ${y(least)}Z`, class: "under" }));
  svg.append(draw("path", { d: path, class: "fall" }));
  values.forEach((p, count) => {
    const dot = draw("circle", { cx: x(count), cy: y(p), r: count === turned ? 5 : 2.5, class: count === turned ? "dot turned" : "dot" });
    dot.append(draw("title", {}, `${count}: ${told(p)}`));
    svg.append(dot);
  });
  svg.append(...ticks(hidden, x, height - bottom + 18, (width - left - right) / LABEL));
  svg.append(draw("text", { x: (left + width - right) / 2, y: height - 6, "text-anchor": "middle" }, say("axisX")));
  return svg;
}

function ticks(hidden, x, y, room) {
  const every = Math.ceil(hidden.length / room);
  return hidden.flatMap((one, place) => {
    if (every > 1 && (place + 1) % every) return [];
    const text = every > 1 || [...one.text].length > 2 ? String(place + 1) : plain(one.text);
    return [draw("text", { x: x(place + 1), y, "text-anchor": "middle", lang: "zh", class: "tick" }, text)];
  });
}
