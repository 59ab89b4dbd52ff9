// Before and after: how judgement and grounds moved when a sentence was edited.
import { at, quoted } from "./dom.js";
import { SIDES, sentence } from "./draw.js";
import { chanceOf, explainedFigure, usual } from "./classes.js";
import { known } from "./state.js";
import { verdict } from "./verdict.js";
import { say } from "./words.js";

// So much of each sentence is the same where it was edited, and not replaced.
const SAME = 0.5;

/** Whether one pair became the other by editing. */
export function edited(former, found) {
  if (!former || former.units !== found.units || !alike(former, found)) return false;
  return SIDES.every((side) => kept([...former[side]], [...found[side]]));
}

/** Whether both answers explain the judgement, or the same class. */
const alike = (former, found) => (usual(former) && usual(found)) || former.target === found.target;

const kept = (old, fresh) => common(old, fresh) >= SAME * Math.max(old.length, fresh.length);

/** How many characters two texts have in common in the same order. */
function common(old, fresh) {
  let row = new Array(fresh.length + 1).fill(0);
  for (const one of old) {
    const next = [0];
    fresh.forEach((other, place) => next.push(one === other ? row[place] + 1 : Math.max(row[place + 1], next[place])));
    row = next;
  }
  return row.at(-1);
}

/** How many characters two texts share at the beginning, and at the end. */
function ends(old, fresh) {
  const most = Math.min(old.length, fresh.length);
  let [start, end] = [0, 0];
  while (start < most && old[start] === fresh[start]) start++;
  while (end < most - start && old.at(-1 - end) === fresh.at(-1 - end)) end++;
  return { start, end };
}

/** What was edited in a sentence, in words; null where it is the same. */
function change(old, fresh, side) {
  if (old === fresh) return null;
  const [was, is] = [[...old], [...fresh]];
  const { start, end } = ends(was, is);
  const [gone, come] = [was, is].map((text) => quoted(text.slice(start, text.length - end).join("")));
  return say(gone && come ? "replaced" : come ? "added" : "removed", { side: say(side === "q" ? "firstOf" : "secondOf"), gone, come });
}

/** Judgement and probability of an answer, in short. */
const short = (answer) => (answer.probability === null ? verdict(answer) : say("shortly", { verdict: verdict(answer), figure: explainedFigure(answer), label: chanceOf(answer.label) }));

/** The former judgement and its colours beside the new ones, until they are put away. */
export function showBefore(answer) {
  const { before } = known;
  at("before").hidden = !before;
  if (!before) return;
  const changes = SIDES.map((side) => change(before[side], answer[side], side)).filter(Boolean);
  at("moved").textContent = `${changes.join(say("also"))}${say("colon")}${short(before)} → ${short(answer)}`;
  at("turned").textContent = say(before.label === answer.label ? "sameJudgement" : "otherJudgement");
  at("turned").hidden = answer.label === null;
  for (const side of SIDES) sentence(at(`${side}-before`), before[side], before[`${side}_segments`]);
}

export function setUpBefore() {
  at("dismiss").addEventListener("click", () => {
    known.before = null;
    at("before").hidden = true;
    at("verdict").focus({ preventScroll: true });
  });
}
