// Asking for a judgement, and for one part of its grounds after another.
import * as server from "./ask.js";
import { at } from "./dom.js";
import { edited } from "./before.js";
import { reveal } from "./reveal.js";
import { showLearnt } from "./learnt.js";
import { show, showCurve, showEvidence, showOther, showTurn } from "./show.js";
import { showTables } from "./tables.js";
import { fields, known } from "./state.js";
import { say } from "./words.js";

// What explains where nobody names a method.
export const FIRST = "measured";
// What the matrix is asked with: it is the same whatever the method, and this one costs nothing.
const CHEAPEST = "gradient_input_l2";
// Training pairs for a judgement and against it.
const LEARNT = 5;

/** Ask and show; what was asked before and is not answered yet is given up. */
export async function judge() {
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
  const found = await server.json("/api/explain", question, signal);
  const same = ["q", "t", "units", "target"].every((key) => known.answer?.[key] === found[key]);
  if (!same) known.before = edited(known.answer, found) ? known.answer : null;
  Object.assign(known, { answer: found, curve: null, other: null }, same ? {} : { acting: null, turned: null, learnt: null });
  remember(question);
  show();
  reveal();
  document.body.removeAttribute("aria-busy");
  await grounds(question, found, signal);
}

async function grounds(question, found, signal) {
  const { q, t, units } = question;
  if (known.against) {
    known.other = await part("/api/explain", { q, t, units, method: offered(question.method), model: "against" }, signal);
    showOther(found);
  }
  if (!known.acting) {
    known.acting = await part("/api/explain", { ...question, method: cheapest(), matrix: true }, signal, acting);
    showEvidence(found);
  }
  known.curve = await part("/api/explain", { ...question, curve: true }, signal, curves);
  showCurve(found);
  showTables(found);
  if (!known.turned && known.offer?.decides !== false) known.turned = await part("/api/counterfactual", { q, t, units }, signal);
  showTurn();
  if (!known.learnt && known.offer?.evidence) {
    known.learnt = await part("/api/explain", { ...question, method: cheapest(), evidence: LEARNT }, signal, ({ evidence }) => evidence);
    showLearnt(known.learnt);
  }
}

const cheapest = () => (known.offer?.methods.some((one) => one.name === CHEAPEST) ? CHEAPEST : FIRST);

/** The method by which the second model is explained: the chosen one where it fits. */
const offered = (name) => (known.against.methods.some((one) => one.name === name) ? name : FIRST);

/** How the two sentences act together, of an answer that was asked for it; null where it would take too long. */
const acting = ({ matrix, links }) => matrix && { matrix, links };

/** The curve, and that of a random order; null where it would take too long. */
const curves = ({ curve, random_curve: random }) => curve && { curve, random };

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

export function fail(error) {
  if (!(error instanceof server.Problem)) throw error;
  Object.assign(known, { problem: error, answer: null, before: null });
  show();
}

/** The pair goes into the address, so that it can be passed on; behind the #, so that no server sees it. */
function remember({ q, t, method: name, units, target: chosen }) {
  const told = chosen === undefined ? {} : { target: chosen };
  history.replaceState(null, "", `#${new URLSearchParams({ q, t, method: name, units, ...told })}`);
}
