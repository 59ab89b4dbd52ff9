// What a reader must know of the model and of a judgement, in the page's language: `yiju.explain.notes` in words of the page.
import { binary, explainedThing, labelled, score, usual } from "./classes.js";
import { plain, quoted } from "./dom.js";
import { SIDES } from "./draw.js";
import { rightLabel } from "./examples.js";
import { joined, percent, say } from "./words.js";

// A gap of scores is told from this share of their sum on, or of LEAST where the sum is less (`yiju.explain.grounds`).
const [CLOSE, LEAST] = [0.01, 0.1];
// A rationale that holds keeps so many judgements, with so many of the characters at most (`yiju.models.measured`).
const [KEPT, SELECTED] = [0.95, 0.5];

/** The model in sentences: the offer's `about` is null where its folder says nothing of itself. */
export function introduction(offer) {
  const [{ about, threshold }, decides] = [offer, deciding(offer)];
  if (!about) return [say("nothingKnown"), decides];
  const learnt = say("learnt", { name: about.name, corpora: about.corpora.join(say("between")) });
  const before = about.quantised && about.accuracy.length ? [say("quantised")] : [];
  return [learnt + (about.synthetic ? say("syntheticPairs") : ""), ...measured(about.accuracy), ...before, decides + elsewhere(about, threshold)];
}

function deciding({ classes, single, margin, threshold }) {
  if (threshold !== null) return say("decides", { p: percent(threshold) });
  if (!single) return say("decidesClasses", { count: classes.length, names: classes.map(plain).join(say("between")) });
  return margin === null ? say("decidesNothing") : say("decidesScore", { score: score(margin) });
}

function measured([first]) {
  if (!first) return [say("notMeasured")];
  const figures = Object.fromEntries(["value", "low", "high", "overlap"].map((key) => [key, percent(first[key])]));
  const told = say("measured", { ...figures, pairs: first.pairs, set: first.set, synthetic: first.synthetic ? say("syntheticOnes") : "" });
  const doubt = { level: [say("levelWithRule")], below: [say("belowRule")] }[first.beside_overlap] ?? [];
  return [told + (first.chose ? say("choseIt") : ""), ...doubt];
}

/** The figures hold for the threshold that they were measured at. */
const elsewhere = (about, threshold) => (threshold !== null && Math.abs(about.threshold - threshold) > 5e-4 ? say("otherThreshold", { p: percent(about.threshold) }) : "");

/** What must be known before a judgement is relied on: {text, warns}, what forbids to rely on it first. */
export function notes(answer, about) {
  const found = [
    [mostlyUnknown(answer), "mostlyUnknown", true],
    [mostlyUnread(answer), "mostlyUnread", true],
    [answer.truncated, "cut", false],
    [answer.unknown, "unknown", false],
  ];
  const said = found.filter(([there]) => there).map(([, key, warns]) => ({ text: say(key, { count: answer.unknown }), warns }));
  if (answer.reordered) said.push({ text: joined([say("reordered"), ofOrder(about)]), warns: true });
  return [...said, ...rightAnswer(answer)];
}

const ofOrder = (about) => (about?.reordered ? say("orderMeasured", about.reordered) : say("orderNotMeasured"));

/** The right answer of an example, and whether the model gives it. */
function rightAnswer(answer) {
  const label = rightLabel(answer);
  if (label === undefined || answer.label === null || !binary()) return [];
  const right = label === answer.label;
  return [{ text: joined([say("rightAnswer", { label: say(`label${label}`) }), say(right ? "modelRight" : "modelWrong")]), warns: !right }];
}

/** A unit longer than a character is marked where one of its characters is unknown: then all characters count. */
function mostlyUnknown(answer) {
  if (answer.units === "characters") return mostly(answer, (one) => one.unknown);
  return 2 * answer.unknown >= (answer.q + answer.t).replace(/\s/gu, "").length;
}

/** Of a longer unit a part may have been read. */
function mostlyUnread(answer) {
  return mostly(answer, (one) => one.truncated && (answer.units === "characters" || one.score === null));
}

/** Whether half of a sentence or more is in segments that bear a mark. */
function mostly(answer, isMarked) {
  return SIDES.some((side) => {
    const sizes = answer[`${side}_segments`].map((one) => [one.end - one.start, isMarked(one)]);
    const sum = (parts) => parts.reduce((total, [size]) => total + size, 0);
    return 2 * sum(sizes.filter(([, marked]) => marked)) >= Math.max(1, sum(sizes));
  });
}

/** What carries the judgement, or that no single character does. */
export function carried(answer) {
  const falls = answer.carried.map((one) => {
    const [text, of] = [quoted(answer[`${one.side}_segments`][one.index].text), say(one.side === "q" ? "firstOf" : "secondOf")];
    if (one.probability === null) return say("changesTo", { text, side: of, score: score(one.score) });
    return say("fallsTo", { text, side: of, p: percent(one.probability) });
  });
  const told = falls.join(say("between"));
  if (answer.certainty === null) return falls.length ? say("changes", { score: score(answer.score), falls: told }) : say("noneChanges");
  const [what, whole] = [explainedThing(answer), percent(answer.certainty)];
  return falls.length ? say("carry", { what, whole, falls: told }) : say("noneCarries", { what, whole, lowest: percent(answer.lowest) });
}

/** What chance or rounding leaves open in the scores. */
export function noise(answer) {
  const told = answer.apart === false ? [say("notApart")] : [];
  return missesSum(answer) ? [...told, say("missesSum", { gap: Math.abs(answer.gap).toFixed(3) })] : told;
}

function missesSum({ gap, q_segments, t_segments }) {
  if (gap === null) return false;
  const total = [...q_segments, ...t_segments].reduce((sum, one) => sum + (one.score ?? 0), 0);
  return Math.abs(gap) > CLOSE * Math.max(Math.abs(total - gap), LEAST);
}

/** How far explanations of the model hold, as its run measured it (`yiju.models.measured`). */
export function holding(answer, about) {
  const found = about?.explanation;
  if (!found) return say("holdsUnknown");
  if (answer.units !== "characters") return say("holdsUnits");
  if (!same(found.method, answer.method) || answer.label === null || !binary() || !usual(answer)) return say("holdsOther");
  const [own, label] = [found.labels[answer.label ? "similar" : "not_similar"], labelled(answer.label)];
  if (!own) return say("holdsNoPairs", { label });
  return joined([held(own, label), ...(about.quantised ? [say("quantised")] : [])]);
}

function held(own, label) {
  if (own.one_sided.low <= 0 || own.alone.low <= 0) return say("holdsNot", { label });
  const kept = percent(own.kept.value);
  if (own.kept.value < KEPT || own.selected.value > SELECTED) return say("holdsLost", { label, kept, selected: percent(own.selected.value) });
  const figures = { fall: own.one_sided.value.toFixed(2), kept, pairs: own.pairs };
  return say("holds", { label, ...figures });
}

const same = (one, other) =>
  Object.keys({ ...one, ...other }).every((key) => JSON.stringify(one[key]) === JSON.stringify(other[key]));
