// What the labels of the model are called, and what its numbers are.
import { plain } from "./dom.js";
import { percentage, say } from "./words.js";

let offer = null;

/** Remember what the server says of the model. */
export function know(given) {
  offer = given;
}

/** Whether a label can only be similar or not similar, as of most models. */
export const binary = () => !offer || offer.classes.length === 2;

/** The words of a label. */
export const labelled = (label) => (binary() ? say(`label${label}`) : plain(offer.classes[label]));

/** The class that a probability is of: similar of two labels, of more the label itself. */
export const chanceOf = (label) => (binary() ? say("label1") : labelled(label));

/** Whether the class that is explained is the one that was decided. */
export const usual = (answer) => answer.contrast === null && (answer.target === null || answer.target === answer.label_name);

/** What is explained, in words: the judgement, or a class that was chosen. */
export const explainedThing = (answer) => (usual(answer) ? say("theJudgement") : say("theClass", { name: plain(answer.target) }));

/** The figure of an answer that has a probability. */
export const explainedFigure = (answer) => percentage(answer.probability);

/** A figure as curves and tables show it: a probability, or a score that is none. */
export const shownAs = (answer) => (answer.certainty === null ? score : percentage);

export const score = (value) => value.toFixed(3);
