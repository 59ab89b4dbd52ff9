// The second model: its judgement and grounds beside those of the first, and where they differ.
import * as server from "./ask.js";
import { at, make, plain, quoted } from "./dom.js";
import { SIDES, segments, sentence } from "./draw.js";
import { introduction } from "./notes.js";
import { known } from "./state.js";
import { grouped, joined, percent, problem, say } from "./words.js";

// Two colours that are named are at least so far from one another.
const APART = 0.25;
const NAMED = 3;

/** What a model is called: by its folder's own name, else by its place. */
const called = (offer, place) => (offer.about ? plain(offer.about.name) : say(place));

const names = () => ({ one: called(known.offer, "theFirst"), other: called(known.against, "theSecond") });

/** The label of an answer in words. */
function judged(answer, offer) {
  if (answer.label === null) return say("scored", { score: answer.score.toFixed(3) });
  return offer.classes.length === 2 ? say(`label${answer.label}`) : plain(answer.label_name);
}

/** Judgement and figure of an answer. */
function shortly(answer, offer) {
  if (answer.label === null || answer.probability === null) return judged(answer, offer);
  return say("judgedAt", { label: judged(answer, offer), chance: offer.classes.length === 2 ? say("label1") : judged(answer, offer), p: percent(answer.probability) });
}

/** Show what the second model answers; other: null while it is awaited. */
export function showAgainst(answer, other) {
  at("against").hidden = !known.against;
  if (!known.against) return;
  at("against-title").textContent = say("againstTitle", names());
  at("against-model").textContent = joined(introduction(known.against));
  const here = other !== null && !(other instanceof server.Problem);
  at("against-answer").hidden = !here;
  at("against-said").textContent = here ? "" : other ? problem(other.code, { seconds: other.seconds, most: grouped(known.offer.characters) }) : say("working");
  if (!here) return;
  at("against-judged").textContent = compared(answer, other);
  for (const side of SIDES) sentence(at(`${side}-against`), other[side], other[`${side}_segments`]);
  at("against-differences").replaceChildren(...differences(answer, other).map((text) => make("li", {}, text)));
}

/** Whether the labels of both models can be compared: two labels each, or classes of the same names. */
function sameClasses() {
  const [mine, its] = [known.offer.classes, known.against.classes];
  return mine.length === its.length && (mine.length === 2 || mine.every((name) => its.includes(name)));
}

function compared(answer, other) {
  const told = { ...names(), first: shortly(answer, known.offer), second: shortly(other, known.against) };
  const agree = judged(answer, known.offer) === judged(other, known.against);
  return say(answer.label === null || other.label === null || !sameClasses() ? "bothSay" : agree ? "theyAgree" : "theyDiffer", told);
}

/** Where the grounds differ: what only one of the rationales holds, and what the two colour most differently. */
function differences(answer, other) {
  const [mine, its] = [segments(answer), segments(other)];
  const { one, other: second } = names();
  const said = [
    [chosenAlone(mine, its), "onlyIn", { name: one }],
    [chosenAlone(its, mine), "onlyIn", { name: second }],
    [apart(mine, its), "apart", {}],
  ].flatMap(([parts, key, told]) => (parts.length ? [say(key, { ...told, texts: listed(parts) })] : []));
  return said.length ? said : [say("sameGrounds")];
}

/** The place of a segment: tokens of two models may be cut differently. */
const place = ({ side, start, end }) => `${side} ${start} ${end}`;

function chosenAlone(parts, others) {
  const picked = new Set(others.filter((one) => one.rank).map(place));
  return parts.filter((one) => one.rank && !picked.has(place(one)));
}

/** Segments whose colours differ most. */
function apart(mine, its) {
  const strengths = new Map(its.map((one) => [place(one), one.strength]));
  const far = mine.map((one) => ({ ...one, gap: Math.abs(one.strength - (strengths.get(place(one)) ?? 0)) }));
  return far.filter(({ gap }) => gap >= APART).sort((a, b) => b.gap - a.gap).slice(0, NAMED);
}

const listed = (parts) => parts.map((part) => say("inQuotes", { text: quoted(part.text) })).join(say("between"));
