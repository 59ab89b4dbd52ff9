// The page: sentences in, judgement and evidence out.
import * as server from "./ask.js";
import { binary, chanceOf, explainedThing, know, labelled, shownAs, usual } from "./classes.js";
import { at, make, quoted, table, visible } from "./dom.js";
import * as picture from "./draw.js";
import { sayExamples, setUpExamples } from "./examples.js";
import { setUpFiles, sayFiles } from "./files.js";
import { carried, holding, introduction, noise, notes } from "./notes.js";
import { alone, scale, verdict } from "./verdict.js";
import { choose, current, learn, method, percent, problem, say, speakOf, unitsOption } from "./words.js";

// What explains where nobody names a method.
const FIRST = "measured";
const ROWS = 20;
// What the matrix is asked with: it is the same whatever the method, and this one costs nothing.
const CHEAPEST = "gradient_input_l2";
// Of the answer's parts, null is one that is not here yet, and a Problem one that will not come.
const known = { offer: null, asking: null, problem: null, answer: null, acting: null, curve: null, turned: null };

function fields() {
  return { q: at("q").value, t: at("t").value };
}

/** Ask and show; what was asked before and is not answered yet is given up. */
async function judge() {
  known.asking?.abort();
  const asking = (known.asking = new AbortController());
  const pair = fields();
  known.problem = null;
  const refused = unfit(pair);
  if (refused) return fail(refused);
  at("status").classList.remove("heard");
  at("status").textContent = say("working");
  document.body.setAttribute("aria-busy", "true");
  try {
    await answer({ ...pair, method: at("method").value, units: at("units").value, ...target() }, asking.signal);
  } catch (error) {
    if (error.name !== "AbortError") fail(error);
  } finally {
    if (known.asking === asking) document.body.removeAttribute("aria-busy");
  }
}

/** The class that was chosen, by its number. */
function target() {
  const { value } = at("target");
  return value ? { target: Number(value) } : {};
}

/** The judgement first, then one part after another, each of them a short request. */
async function answer(question, signal) {
  const { q, t, units } = question;
  const found = await server.json("/api/explain", question, signal);
  const same = ["q", "t", "units", "target"].every((key) => known.answer?.[key] === found[key]);
  Object.assign(known, { answer: found, curve: null }, same ? {} : { acting: null, turned: null });
  remember(question);
  show();
  document.body.removeAttribute("aria-busy");
  if (!known.acting) {
    known.acting = await part("/api/explain", { ...question, method: cheapest(), matrix: true }, signal, acting);
    showEvidence(found);
  }
  known.curve = await part("/api/explain", { ...question, curve: true }, signal, ({ curve }) => curve);
  showCurve(found);
  showTables(found);
  if (!known.turned && known.offer?.decides !== false) known.turned = await part("/api/counterfactual", { q, t, units }, signal);
  showTurn();
}

const cheapest = () => (known.offer?.methods.some((one) => one.name === CHEAPEST) ? CHEAPEST : FIRST);

/** How the two sentences act together, of an answer that was asked for it; null where it would take too long. */
const acting = ({ matrix, links }) => matrix && { matrix, links };

/** A part of the answer, or the Problem that stands in its way. taken: the part of what comes, null where it is left out. */
async function part(path, question, signal, taken = (found) => found) {
  try {
    return taken(await server.json(path, question, signal)) ?? new server.Problem("too_much");
  } catch (error) {
    if (error instanceof server.Problem) return error;
    throw error;
  }
}

/** What the server would refuse, told before it is asked. */
function unfit({ q, t }) {
  if (![q, t].every((text) => /[^\s\p{Cc}\p{Cf}]/u.test(text))) return new server.Problem("empty");
  if (known.offer && [q, t].some((text) => [...text].length > known.offer.characters)) return new server.Problem("too_long");
  return null;
}

function fail(error) {
  if (!(error instanceof server.Problem)) throw error;
  Object.assign(known, { problem: error, answer: null });
  show();
}

const explained = (error) => problem(error.code, { seconds: error.seconds, most: known.offer?.characters ?? 1000 });

function told(error) {
  const detail = error.detail && !["rate", "busy", "empty"].includes(error.code) ? [make("small", { lang: "en" }, error.detail)] : [];
  return make("p", { class: "problem" }, explained(error), ...detail);
}

/** Everything that depends on the answer or the language. */
function show() {
  const { answer, problem: wrong } = known;
  at("problem").replaceChildren(...(wrong ? [told(wrong)] : []));
  at("answer").hidden = !answer;
  if (answer) speakOf(answer.units);
  at("status").textContent = "";
  at("status").classList.toggle("heard", !!answer);
  if (!answer) return;
  showVerdict(answer);
  showEvidence(answer);
  showCurve(answer);
  showTurn();
  showTables(answer);
  const best = picture.ordered(answer).slice(0, 3).map((one) => quoted(one.text)).join(say("between"));
  const warnings = notes(answer, known.offer?.about).filter(({ warns }) => warns);
  const chance = answer.probability === null ? null : { label: chanceOf(answer.label), p: percent(answer.probability) };
  const summary = say(chance ? "summary" : "summaryScore", { verdict: verdict(answer), best, ...chance });
  at("status").textContent = [...warnings.map(({ text }) => text), summary].join(" ");
}

function showVerdict(answer) {
  at("verdict").textContent = verdict(answer);
  const told = notes(answer, known.offer?.about);
  at("told").replaceChildren(...told.map(({ text, warns }) => make("p", { class: warns ? "problem" : "told" }, text)));
  at("alone").textContent = alone(answer);
  at("scale").replaceChildren(...scale(answer, known.offer?.threshold ?? null));
}

const came = (thing) => thing && !(thing instanceof server.Problem);

/** The change of the score from which on a colour is full. */
const full = () => picture.segments(known.answer)[0]?.scale ?? 1;

const links = () => (came(known.acting) ? known.acting.links : []);

const cells = () => (came(known.acting) ? picture.strongest(known.acting.matrix, (known.offer?.floor ?? 0) * full(), ROWS) : []);

function showEvidence(answer) {
  at("carried").textContent = [carried(answer), ...noise(answer), holding(answer, known.offer?.about)].join(" ");
  for (const side of picture.SIDES) picture.sentence(at(`${side}-side`), answer[side], answer[`${side}_segments`]);
  at("legend").replaceChildren(...picture.legend(answer, links()));
  showLines();
  const missing = known.acting instanceof server.Problem;
  at("left-out").hidden = !missing;
  at("left-out").textContent = missing ? explained(known.acting) : "";
}

function showLines() {
  if (known.answer) picture.lines(at("lines"), known.answer, [at("q-side"), at("t-side")], links(), full());
}

/** The probability of the judgement down to which it holds; null where no probability decides. */
function floor(answer) {
  const threshold = known.offer?.threshold ?? null;
  if (threshold === null || answer.certainty === null || !usual(answer)) return null;
  return answer.label ? threshold : 1 - threshold;
}

function showCurve(answer) {
  const { curve } = known;
  if (!came(curve)) {
    at("curve-said").textContent = curve ? explained(curve) : say("working");
    return at("curve").replaceChildren();
  }
  const count = Math.min(3, curve.length - 1);
  const [turned, told] = [picture.turningPoint(curve, floor(answer)), shownAs(answer)];
  const fall = say(answer.certainty === null ? "fallScore" : "fall", { what: explainedThing(answer), from: told(curve[0]), to: told(curve[count]), count });
  const turns = turned < 0 ? say("stays") : say("turns", { count: turned });
  at("curve-said").textContent = floor(answer) === null ? fall : `${fall} ${turns}`;
  const ends = answer.certainty === null ? [Math.min(...curve), Math.max(...curve)] : [0, 1];
  const width = Math.max(260, Math.floor(at("curve").getBoundingClientRect().width));
  at("curve").replaceChildren(picture.curve(curve, picture.ordered(answer), floor(answer), width, told, ends));
}

function showTurn() {
  const { turned, answer } = known;
  if (!answer) return;
  at("turn-part").hidden = known.offer?.decides === false;
  if (!turned) return at("turn").replaceChildren(make("p", { class: "note" }, say("working")));
  if (turned instanceof server.Problem) return at("turn").replaceChildren(told(turned));
  at("turn").replaceChildren(make("p", {}, ...turnedInWords(turned, answer)));
}

function turnedInWords(turned, answer) {
  if (!turned.found) return [say("nothing", { limit: turned.limit })];
  const sides = picture.SIDES.filter((side) => turned[side].length).map((side) => {
    const hidden = turned[side].map((index) => `「${quoted(answer[`${side}_segments`][index].text)}」`);
    return say("hideOf", { characters: hidden.join(say("and")), side: say(side === "q" ? "firstOf" : "secondOf") });
  });
  const told = { what: sides.join(say("and")), label: labelled(turned.turned) };
  if (turned.probability === null) return [say("hideScore", told)];
  return [say("hide", { ...told, chance: chanceOf(turned.turned), p: percent(turned.probability) })];
}

function showTables(answer) {
  const zh = (text) => make("span", { lang: "zh" }, ...visible(text));
  const side = (one) => say(one.side === "q" ? "of1" : "of2");
  const scores = picture.segments(answer).map((one) => [zh(one.text), side(one), picture.figure(one.score), picture.figure(one.effect), String(one.rank ?? ""), picture.remarks(one)]);
  const tables = [table(say("scores"), [say("character"), say("side"), say("score"), say("effect"), say("rank"), say("remark")], scores)];
  const head = [say("of1"), say("of2"), say("strength")];
  const spans = links().map(({ q, t, score }) => [zh(span(answer.q, q)), zh(span(answer.t, t)), score.toPrecision(3)]);
  if (spans.length) tables.push(table(say("linksTable"), head, spans));
  const pairs = cells().map(({ q, t, value }) => [zh(answer.q_segments[q].text), zh(answer.t_segments[t].text), value.toPrecision(3)]);
  if (pairs.length) tables.push(table(say("pairsTable"), head, pairs));
  if (came(known.curve)) {
    const hidden = picture.ordered(answer);
    const rows = known.curve.map((p, count) => [String(count), count ? zh(hidden[count - 1].text) : "", shownAs(answer)(p)]);
    const [caption, head] = answer.certainty === null ? ["curveTableScore", say("score")] : ["curveTable", "p"];
    tables.push(table(say(caption), ["", say("hidden"), head], rows));
  }
  at("tables").replaceChildren(...tables);
}

/** The characters of a span, whose ends count code points. */
const span = (text, ends) => [...text].slice(...ends).join("");

/** Texts of the page in the chosen language. */
function speak() {
  document.documentElement.lang = current();
  for (const element of document.querySelectorAll("[data-word]")) element.textContent = say(element.dataset.word);
  for (const element of document.querySelectorAll("[data-label]")) element.setAttribute("aria-label", say(element.dataset.label));
  for (const button of document.querySelectorAll("[data-language]")) {
    button.setAttribute("aria-pressed", String(button.dataset.language === current()));
  }
  for (const option of at("method").options) [option.textContent] = method(option.value);
  for (const option of at("units").options) option.textContent = unitsOption(option.value);
  for (const option of at("target").options) option.textContent = option.value ? labelled(Number(option.value)) : say("decidedClass");
  at("model").textContent = known.offer ? introduction(known.offer).join(" ") : "";
  sayExamples();
  sayMethod();
  picture.SIDES.forEach(sayLength);
  sayFiles(known.offer);
  show();
}

function sayMethod() {
  at("method-note").textContent = at("method").value ? method(at("method").value)[1] : "";
}

function sayLength(side) {
  const [count, most] = [[...at(side).value].length, known.offer?.characters ?? 1000];
  const over = count > most;
  at(`${side}-note`).textContent = say(over ? "over" : "count", { count, most });
  at(`${side}-note`).classList.toggle("wrong", over);
  at(side).setAttribute("aria-invalid", String(over));
}

/** The pair goes into the address, so that it can be passed on; behind the #, so that no server sees it. */
function remember({ q, t, method: name, units, target: chosen }) {
  const told = chosen === undefined ? {} : { target: chosen };
  history.replaceState(null, "", `#${new URLSearchParams({ q, t, method: name, units, ...told })}`);
}

function recall() {
  const given = new URLSearchParams(location.hash.slice(1));
  if (!given.has("q") || !given.has("t")) return;
  take(given.get("q"), given.get("t"));
  for (const key of ["method", "units", "target"]) {
    const value = given.get(key) ?? "";
    if ([...at(key).options].some((option) => option.value === value)) at(key).value = value;
  }
  sayMethod();
  judge();
}

function take(q, t) {
  Object.entries({ q, t }).forEach(([side, text]) => {
    at(side).value = text;
    sayLength(side);
  });
}

function setUpForm() {
  at("ask").addEventListener("submit", (event) => {
    event.preventDefault();
    judge();
  });
  for (const side of picture.SIDES) {
    at(side).addEventListener("input", () => sayLength(side));
    at(side).addEventListener("keydown", (event) => {
      // While a Chinese input method is at work, Enter is its own.
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      judge();
    });
  }
  for (const key of ["method", "units", "target"]) {
    at(key).addEventListener("change", () => {
      sayMethod();
      if (known.answer) judge();
    });
  }
}

function setUpPage() {
  for (const button of document.querySelectorAll("[data-language]")) {
    button.addEventListener("click", () => {
      choose(button.dataset.language);
      speak();
    });
  }
  addEventListener("hashchange", recall);
  new ResizeObserver(() => {
    showLines();
    if (known.answer) showCurve(known.answer);
  }).observe(at("answer"));
  document.fonts?.ready.then(showLines);
}

/** A choice of class where there are more than two. */
function offerClasses() {
  if (binary()) return;
  at("target").append(...["", ...known.offer.classes.keys()].map((value) => make("option", { value: String(value) })));
  at("target-choice").hidden = false;
}

async function start() {
  setUpForm();
  setUpExamples((q, t) => {
    take(q, t);
    judge();
  });
  setUpFiles(() => known.offer);
  setUpPage();
  speak();
  try {
    known.offer = await server.facts();
    learn(known.offer.methods);
    know(known.offer);
    const names = known.offer.methods.map((one) => one.name).sort((a, b) => (b === FIRST) - (a === FIRST));
    at("method").append(...names.map((name) => make("option", { value: name })));
    offerClasses();
  } catch (error) {
    fail(error);
  }
  speak();
  recall();
}

start();
