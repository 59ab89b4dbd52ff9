// What the model decides, how probable that is, and whether its grounds suffice, as texts and elements.
import { binary, chanceOf, labelled, score, usual } from "./classes.js";
import { make } from "./dom.js";
import { percent, percentage, say } from "./words.js";

/** The judgement in a word, or the score of a model that decides nothing. */
export function verdict(answer) {
  if (answer.label === null) return say("scored", { score: score(answer.score) });
  return binary() ? say(answer.label ? "similar" : "different") : labelled(answer.label);
}

/** What the rationale alone is judged, or why it is no set that keeps the judgement. */
export function alone(answer) {
  const sought = answer.label !== null && usual(answer);
  if (answer.kept === null) return say(sought && answer.left_out.rationale ? "share" : "notDecided");
  if (answer.alone === null) return say(answer.kept ? "aloneScore" : "notAloneScore");
  return say(answer.kept ? "alone" : "notAlone", { p: percent(answer.alone), label: chanceOf(answer.label) });
}

/** The probability as a place between 0 and 1, and where the model decides; nothing where there is none. */
export function scale(answer, threshold) {
  if (answer.probability === null) return [];
  const said = say("scale", { p: percent(answer.probability), label: chanceOf(answer.label) });
  const dot = make("span", { class: "dot" }, make("span", { class: "value" }, percentage(answer.probability)));
  dot.style.setProperty("--at", answer.probability);
  const track = make("div", { class: "track", role: "img", "aria-label": said }, ...tick(threshold), dot);
  track.classList.toggle("late", answer.probability > 0.85);
  track.classList.toggle("early", answer.probability < 0.15);
  const ends = binary() ? [say("label0"), say("label1")] : ["0 %", `100 % ${labelled(answer.label)}`];
  return [track, make("div", { class: "ends", "aria-hidden": "true" }, ...ends.map((end) => make("span", {}, end)))];
}

function tick(threshold) {
  if (threshold === null) return [];
  const found = make("span", { class: "tick", title: say("threshold", { p: percent(threshold) }) });
  found.style.setProperty("--at", threshold);
  return [found];
}
