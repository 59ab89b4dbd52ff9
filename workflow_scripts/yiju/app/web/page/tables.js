// All figures of an answer as tables.
import { shownAs } from "./classes.js";
import { at, make, table, visible } from "./dom.js";
import * as picture from "./draw.js";
import { came, cells, known, links } from "./state.js";
import { say } from "./words.js";

const zh = (text) => make("span", { lang: "zh" }, ...visible(text));

export function showTables(answer) {
  at("tables").replaceChildren(scores(answer), ...together(answer), ...(came(known.curve) ? [curve(answer)] : []));
}

function scores(answer) {
  const side = (one) => say(one.side === "q" ? "of1" : "of2");
  const rows = picture.segments(answer).map((one) => [zh(one.text), side(one), picture.figure(one.score), picture.figure(one.effect), picture.rank(one), picture.remarks(one)]);
  return table(say("scores"), [say("character"), say("side"), say("score"), say("effect"), say("rank"), say("remark")], rows);
}

/** The lines, and the strongest cells of the matrix. */
function together(answer) {
  const head = [say("of1"), say("of2"), say("strength")];
  const spans = links().map(({ q, t, score }) => [zh(span(answer.q, q)), zh(span(answer.t, t)), score.toPrecision(3)]);
  const pairs = cells().map(({ q, t, value }) => [zh(answer.q_segments[q].text), zh(answer.t_segments[t].text), value.toPrecision(3)]);
  const tables = [["linksTable", spans], ["pairsTable", pairs]];
  return tables.flatMap(([caption, rows]) => (rows.length ? [table(say(caption), head, rows)] : []));
}

function curve(answer) {
  const { curve: values, random } = known.curve;
  const [hidden, told] = [picture.ordered(answer), shownAs(answer)];
  const [caption, head] = answer.certainty === null ? ["curveTableScore", say("score")] : ["curveTable", "p"];
  const rows = values.map((p, count) => [String(count), count ? zh(hidden[count - 1].text) : "", told(p), ...(random ? [told(random[count])] : [])]);
  return table(say(caption), [say("howMany"), say("hidden"), head, ...(random ? [say("inRandomOrder")] : [])], rows);
}

/** The characters of a span, whose ends count code points. */
const span = (text, ends) => [...text].slice(...ends).join("");
