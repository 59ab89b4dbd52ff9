// What the page knows of the server, of the last question and of its answer.
import { SIDES, segments, strongest } from "./draw.js";
import { usual } from "./classes.js";
import { Problem } from "./ask.js";

const ROWS = 20;

// Of the answer's parts, null is one that is not here yet, and a Problem one that will not come. other: what the second
// model answers; before: the answer to what was edited into this one.
export const known = { offer: null, against: null, asking: null, problem: null, answer: null, acting: null, curve: null, turned: null, learnt: null, other: null, before: null };

export const came = (thing) => thing !== null && !(thing instanceof Problem);

/** The change of the score from which on a colour is full. */
export const full = () => segments(known.answer)[0]?.scale ?? 1;

export const links = () => (came(known.acting) ? known.acting.links : []);

/** The strongest cells of the matrix: {q, t: indices of segments, value}. */
export const cells = () => (came(known.acting) ? strongest(known.acting.matrix, (known.offer?.floor ?? 0) * full(), ROWS) : []);

/** The probability of the judgement down to which it holds; null where no probability decides. */
export function floor(answer) {
  const threshold = known.offer?.threshold ?? null;
  if (threshold === null || answer.certainty === null || !usual(answer)) return null;
  return answer.label ? threshold : 1 - threshold;
}

export const fields = () => Object.fromEntries(SIDES.map((side) => [side, document.getElementById(side).value]));
