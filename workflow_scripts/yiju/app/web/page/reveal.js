// Bringing an answer into view, above all on a phone, where it comes below the form.
import { at } from "./dom.js";

const coarse = matchMedia("(pointer: coarse)");
const still = matchMedia("(prefers-reduced-motion: reduce)");

/** Scroll to the answer where its judgement is not in view. Who writes goes on writing; after a button it has the focus. */
export function reveal() {
  const writing = document.activeElement?.matches("textarea");
  // The keyboard on the screen would cover it.
  if (writing && coarse.matches) document.activeElement.blur();
  if (seen(at("verdict"))) return;
  at("answer").scrollIntoView({ block: "start", behavior: still.matches ? "instant" : "smooth" });
  if (!writing) at("verdict").focus({ preventScroll: true });
}

/** Show an element and give it the focus. */
export function goTo(element) {
  element.scrollIntoView({ block: "center", behavior: still.matches ? "instant" : "smooth" });
  element.focus({ preventScroll: true });
}

/** Whether an element is in view with room for the grounds below it. */
function seen(element) {
  const { top } = element.getBoundingClientRect();
  return top >= 0 && top < innerHeight / 2;
}
