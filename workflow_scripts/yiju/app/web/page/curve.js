// How the judgement falls as segments are hidden, strongest first, and beside it in random order: a drawing, and a sentence.
import { explainedThing, shownAs } from "./classes.js";
import { draw, graphemes, make, plain, quoted } from "./dom.js";
import { joined, say } from "./words.js";

// Room for a character and for a number under the curve, in pixels.
const [CHARACTER, NUMBER] = [17, 26];
const [HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [230, 48, 14, 14, 52];
// Numbers under the curve are these multiples.
const STEPS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000];
// So many segments are hidden where the sentence compares the two orders.
const FEW = 3;

/** After how many hidden segments the judgement first turns, or -1. floor: as of `curve`. */
const turningPoint = (values, floor) => values.findIndex((p, count) => count && floor !== null && p < floor);

/** The curve in words. values, random: probabilities or scores, random null where it is not known; hidden, floor: as of
 * `curve`. */
export function curveInWords(answer, { curve: values, random }, hidden, floor) {
  const [count, told] = [Math.min(FEW, values.length - 1), shownAs(answer)];
  const figures = { what: explainedThing(answer), from: told(values[0]), to: told(values[count]), count };
  const said = [say(answer.certainty === null ? "fallScore" : "fall", figures)];
  if (random) said.push(say("atRandom", { figure: told(random[count]) }));
  if (floor !== null) said.push(turning(answer, values, hidden, floor));
  return joined(said);
}

/** Whether the judgement turns, and why it comes back where it does. */
function turning(answer, values, hidden, floor) {
  const turned = turningPoint(values, floor);
  if (turned < 0) return say("stays");
  const again = values.findIndex((p, count) => count > turned && p >= floor);
  if (again < 0) return say("turns", { count: turned });
  if (2 * again >= values.length - 1) return say("turnsBack", { count: turned, again, what: explainedThing(answer), end: shownAs(answer)(values.at(-1)) });
  const [first, last] = [hidden[turned - 1], hidden[again - 1]];
  if (first.side === last.side) return say("turnsBackTogether", { count: turned, again });
  return say("turnsBackOther", { count: turned, again, text: quoted(last.text), side: say(last.side === "q" ? "firstOf" : "secondOf") });
}

/** The curve as an SVG of a given width in pixels, and what its lines are. hidden: the segments in the order in which
 * they go; floor: probability of the label down to which the judgement holds, null where nothing turns. */
export function curve(answer, { curve: values, random }, hidden, floor, width) {
  const plot = plotted(answer, [...values, ...(random ?? [])], values.length, width);
  const svg = draw("svg", { viewBox: `0 0 ${width} ${HEIGHT}`, width, height: HEIGHT, role: "img", "aria-labelledby": "curve-said" });
  svg.append(...axis(plot), ...(floor === null ? [] : [draw("path", { d: `M${LEFT} ${plot.y(floor)}H${width - RIGHT}`, class: "floor" })]));
  if (random) svg.append(draw("path", { d: path(random, plot), class: "chance" }));
  svg.append(draw("path", { d: `${path(values, plot)}L${plot.x(values.length - 1)} ${plot.bottom}L${LEFT} ${plot.bottom}Z`, class: "under" }));
  svg.append(draw("path", { d: path(values, plot), class: "fall" }), ...dots(answer, values, floor, plot), ...ticks(hidden, plot));
  svg.append(draw("text", { x: (LEFT + width - RIGHT) / 2, y: HEIGHT - 6, "text-anchor": "middle" }, say("axisX")));
  return [svg, lines(random, floor)];
}

/** Where counts and values lie in the drawing. */
function plotted(answer, all, count, width) {
  const [least, most] = answer.certainty === null ? [Math.min(...all), Math.max(...all)] : [0, 1];
  const [wide, high, steps] = [width - LEFT - RIGHT, HEIGHT - TOP - BOTTOM, Math.max(1, count - 1)];
  const y = (value) => TOP + high * (1 - (value - least) / (most - least || 1));
  const figure = answer.certainty === null ? (value) => value.toFixed(decimals(most - least)) : (value) => `${100 * value}%`;
  return { x: (place) => LEFT + (wide * place) / steps, y, figure, wide, width, bottom: HEIGHT - BOTTOM, levels: [least, (least + most) / 2, most] };
}

/** How many decimals tell the values of an axis of such a range apart. */
const decimals = (range) => Math.min(6, Math.max(0, 1 - Math.floor(Math.log10(range || 1))));

const path = (values, { x, y }) => values.map((p, count) => `${count ? "L" : "M"}${x(count).toFixed(1)} ${y(p).toFixed(1)}`).join("");

const axis = ({ y, figure, levels, width }) =>
  levels.flatMap((value) => [
    draw("path", { d: `M${LEFT} ${y(value)}H${width - RIGHT}`, class: "grid" }),
    draw("text", { x: LEFT - 8, y: y(value) + 4, "text-anchor": "end" }, figure(value)),
  ]);

function dots(answer, values, floor, { x, y }) {
  const turned = turningPoint(values, floor);
  return values.map((p, count) => {
    const shape = { cx: x(count), cy: y(p), r: count === turned ? 5 : 2.5, class: count === turned ? "dot turned" : "dot" };
    return draw("circle", shape, draw("title", {}, `${count}: ${shownAs(answer)(p)}`));
  });
}

/** The hidden characters where there is room for all of them and they are short; else how many they are. */
function ticks(hidden, { x, wide, bottom }) {
  const written = hidden.length * CHARACTER <= wide && hidden.every((one) => graphemes(one.text).length <= 2);
  const every = written ? 1 : (STEPS.find((step) => (hidden.length / step) * NUMBER <= wide) ?? hidden.length);
  return hidden.flatMap((one, place) => {
    if ((place + 1) % every) return [];
    const attributes = { x: x(place + 1), y: bottom + 19, "text-anchor": "middle", ...(written ? { lang: "zh", class: "tick" } : {}) };
    return [draw("text", attributes, written ? plain(one.text) : String(place + 1))];
  });
}

function lines(random, floor) {
  const entry = (kind, key) => make("li", {}, make("span", { class: `key ${kind}`, "aria-hidden": "true" }), say(key));
  const entries = [entry("strongest", "inOrder")];
  if (random) entries.push(entry("chance", "inRandomOrder"));
  if (floor !== null) entries.push(entry("floor", "turning"));
  return make("ul", { class: "legend" }, ...entries);
}
