// What a reader must know of the model and of a judgement, in the page's language: `yiju.explain.notes` in words of the page.
import { quoted } from "./dom.js";
import { SIDES } from "./draw.js";
import { rightLabel } from "./examples.js";
import { percent, say } from "./words.js";

/** The model in sentences: the offer's `about` is null where its folder says nothing of itself. */
export function introduction({ about, threshold }) {
  const decides = say("decides", { p: percent(threshold) });
  if (!about) return [say("nothingKnown"), decides];
  const learnt = say("learnt", { name: about.name, corpora: about.corpora.join(say("between")) });
  return [learnt + (about.synthetic ? say("syntheticPairs") : ""), ...measured(about.accuracy), decides + elsewhere(about, threshold)];
}

function measured([first]) {
  if (!first) return [say("notMeasured")];
  const figures = Object.fromEntries(["value", "low", "high", "overlap"].map((key) => [key, percent(first[key])]));
  const told = say("measured", { ...figures, pairs: first.pairs, set: first.set, synthetic: first.synthetic ? say("syntheticOnes") : "" });
  const doubt = { level: [say("levelWithRule")], below: [say("belowRule")] }[first.beside_overlap] ?? [];
  return [told + (first.chose ? say("choseIt") : ""), ...doubt];
}

/** The figures hold for the threshold that they were measured at. */
const elsewhere = (about, threshold) => (Math.abs(about.threshold - threshold) > 5e-4 ? say("otherThreshold", { p: percent(about.threshold) }) : "");

/** What must be known before a judgement is relied on: {text, warns}, what forbids to rely on it first. */
export function notes(answer, about) {
  const found = [
    [mostlyUnknown(answer), "mostlyUnknown", true],
    [mostlyUnread(answer), "mostlyUnread", true],
    [answer.truncated, "cut", false],
    [answer.unknown, "unknown", false],
  ];
  const said = found.filter(([there]) => there).map(([, key, warns]) => ({ text: say(key, { count: answer.unknown }), warns }));
  if (answer.reordered) said.push({ text: `${say("reordered")} ${ofOrder(about)}`, warns: true });
  return [...said, ...rightAnswer(answer)];
}

const ofOrder = (about) => (about?.reordered ? say("orderMeasured", about.reordered) : say("orderNotMeasured"));

/** The right answer of an example, and whether the model gives it. */
function rightAnswer(answer) {
  const label = rightLabel(answer);
  if (label === undefined) return [];
  const right = label === answer.label;
  return [{ text: `${say("rightAnswer", { label: say(`label${label}`) })} ${say(right ? "modelRight" : "modelWrong")}`, warns: !right }];
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
  const whole = percent(answer.label ? answer.probability : 1 - answer.probability);
  if (!answer.carried.length) return say("noneCarries", { whole, lowest: percent(answer.lowest) });
  const falls = answer.carried.map(({ side, index, probability }) => {
    const [text, of] = [quoted(answer[`${side}_segments`][index].text), say(side === "q" ? "firstOf" : "secondOf")];
    return say("fallsTo", { text, side: of, p: percent(probability) });
  });
  return say("carry", { whole, falls: falls.join(say("between")) });
}

/** What chance leaves open in the ranking. */
export const noise = (answer) => (answer.apart === false ? [say("notApart")] : []);

/** How far explanations of the model hold, as its run measured it (`yiju.models.measured`). */
export function holding(answer, about) {
  const found = about?.explanation;
  if (!found) return say("holdsUnknown");
  if (answer.units !== "characters") return say("holdsUnits");
  if (!same(found.method, answer.method)) return say("holdsOther");
  const [own, label] = [found.labels[answer.label ? "similar" : "not_similar"], say(`label${answer.label}`)];
  if (!own) return say("holdsNoPairs", { label });
  if (own.one_sided.low <= 0 || own.alone.low <= 0) return say("holdsNot", { label });
  const figures = { fall: own.one_sided.value.toFixed(2), kept: percent(own.kept.value), pairs: own.pairs };
  return say("holds", { label, ...figures });
}

const same = (one, other) =>
  Object.keys({ ...one, ...other }).every((key) => JSON.stringify(one[key]) === JSON.stringify(other[key]));
