// Showing an answer, and its parts as they come.
import { showAgainst } from "./against.js";
import { Problem } from "./ask.js";
import { showBefore } from "./before.js";
import { chanceOf, labelled } from "./classes.js";
import { curve, curveInWords } from "./curve.js";
import { at, make, quoted } from "./dom.js";
import * as picture from "./draw.js";
import { showLearnt } from "./learnt.js";
import { carried, holding, noise, notes } from "./notes.js";
import { sayBack } from "./results.js";
import { came, floor, full, known, links } from "./state.js";
import { showTables } from "./tables.js";
import { alone, scale, verdict } from "./verdict.js";
import { grouped, joined, percent, problem, say, speakOf } from "./words.js";

const explained = (error) => problem(error.code, { seconds: error.seconds, most: grouped(known.offer?.characters ?? 1000) });

function told(error) {
  const detail = error.detail && !["rate", "busy", "empty"].includes(error.code) ? [make("small", { lang: error.language }, error.detail)] : [];
  return make("p", { class: "problem" }, explained(error), ...detail);
}

/** Everything that depends on the answer or the language. */
export function show() {
  const { answer, problem: wrong } = known;
  at("problem").replaceChildren(...(wrong ? [told(wrong)] : []));
  at("answer").hidden = !answer;
  if (answer) speakOf(answer.units);
  at("status").textContent = "";
  at("status").classList.toggle("heard", !!answer);
  if (!answer) return;
  sayBack(answer);
  showVerdict(answer);
  showBefore(answer);
  showEvidence(answer);
  showOther(answer);
  showCurve(answer);
  showTurn();
  showLearnt(known.learnt);
  showTables(answer);
  at("status").textContent = joined([...warned(answer), summary(answer)]);
}

const warned = (answer) => notes(answer, known.offer?.about).filter(({ warns }) => warns).map(({ text }) => text);

/** The answer in a sentence, for those who hear it. */
function summary(answer) {
  const best = picture.ordered(answer).slice(0, 3).map((one) => quoted(one.text)).join(say("between"));
  const chance = answer.probability === null ? null : { label: chanceOf(answer.label), p: percent(answer.probability) };
  return say(chance ? "summary" : "summaryScore", { verdict: verdict(answer), best, ...chance });
}

function showVerdict(answer) {
  at("verdict").textContent = verdict(answer);
  const told = notes(answer, known.offer?.about);
  at("told").replaceChildren(...told.map(({ text, warns }) => make("p", { class: warns ? "problem" : "told" }, text)));
  at("alone").textContent = alone(answer);
  at("scale").replaceChildren(...scale(answer, known.offer?.threshold ?? null));
}

/** What the second model answers, where there is one. */
export const showOther = (answer) => showAgainst(answer, known.other);

export function showEvidence(answer) {
  at("carried").textContent = joined([carried(answer), ...noise(answer), holding(answer, known.offer?.about)]);
  for (const side of picture.SIDES) picture.sentence(at(`${side}-side`), answer[side], answer[`${side}_segments`]);
  at("legend").replaceChildren(...picture.legend(answer, links()));
  showLines();
  const missing = known.acting instanceof Problem;
  at("left-out").hidden = !missing;
  at("left-out").textContent = missing ? explained(known.acting) : "";
}

export function showLines() {
  if (known.answer) picture.lines(at("lines"), known.answer, [at("q-side"), at("t-side")], links(), full());
}

export function showCurve(answer) {
  const found = known.curve;
  if (!came(found)) {
    at("curve-said").textContent = found ? explained(found) : say("working");
    return at("curve").replaceChildren();
  }
  at("curve-said").textContent = curveInWords(answer, found, picture.ordered(answer), floor(answer));
  const width = Math.max(260, Math.floor(at("curve").getBoundingClientRect().width));
  at("curve").replaceChildren(...curve(answer, found, picture.ordered(answer), floor(answer), width));
}

export function showTurn() {
  const { turned, answer } = known;
  if (!answer) return;
  at("turn-part").hidden = known.offer?.decides === false;
  if (!turned) return at("turn").replaceChildren(make("p", { class: "note" }, say("working")));
  if (turned instanceof Problem) return at("turn").replaceChildren(told(turned));
  at("turn").replaceChildren(make("p", {}, ...turnedInWords(turned, answer)));
}

function turnedInWords(turned, answer) {
  if (!turned.found) return [say("nothing", { limit: turned.limit })];
  const sides = picture.SIDES.filter((side) => turned[side].length).map((side) => {
    const hidden = turned[side].map((index) => say("inQuotes", { text: quoted(answer[`${side}_segments`][index].text) }));
    return say("hideOf", { characters: hidden.join(say("and")), side: say(side === "q" ? "firstOf" : "secondOf") });
  });
  const told = { what: sides.join(say("and")), label: labelled(turned.turned) };
  if (turned.probability === null) return [say("hideScore", told)];
  return [say("hide", { ...told, chance: chanceOf(turned.turned), p: percent(turned.probability) })];
}
