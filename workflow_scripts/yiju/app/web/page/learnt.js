// The training pairs that speak for a judgement and against it.
import { Problem } from "./ask.js";
import { labelled } from "./classes.js";
import { at, make, plain } from "./dom.js";
import { known } from "./state.js";
import { measureName, problem, say } from "./words.js";

/** found: what the server told of them, null as long as it has not, a Problem where it cannot. */
export function showLearnt(found) {
  at("learnt-part").hidden = !known.offer?.evidence;
  at("learnt").replaceChildren(...told(found));
}

function told(found) {
  if (!found) return [make("p", { class: "note" }, say("working"))];
  if (found instanceof Problem) {
    const detail = found.detail ? [make("small", { lang: found.language }, found.detail)] : [];
    return [make("p", { class: "problem" }, problem(found.code, { seconds: found.seconds }), ...detail)];
  }
  const first = say("learntFor", { pairs: found.pairs, measure: measureName(found.measure) });
  return [...group(first, found.proponents), ...group(say("learntAgainst"), found.opponents)];
}

function group(head, pairs) {
  const list = pairs.length ? make("ol", {}, ...pairs.map(row)) : make("p", { class: "note" }, say("learntNone"));
  return [make("p", {}, head), list];
}

function row(pair) {
  const sentences = make("span", { lang: "zh" }, `${plain(pair.q)} | ${plain(pair.t)}`);
  const figures = { label: labelled(pair.label), score: pair.score.toPrecision(3), alike: pair.similarity.toFixed(3) };
  const place = say("learntPair", { ...figures, file: plain(pair.file), line: pair.line });
  const corpus = pair.corpus ? say("learntCorpus", { corpus: plain(pair.corpus) }) : "";
  const made = pair.operation === "original" ? "" : say("learntMade");
  return make("li", {}, sentences, " ", make("small", {}, `${place}${corpus}${made}`));
}
