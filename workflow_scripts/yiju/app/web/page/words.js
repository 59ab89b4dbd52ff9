// The page's texts in the language that was chosen.
import { CHINESE } from "./chinese.js";
import { ENGLISH } from "./english.js";

export const WORDS = { en: ENGLISH, zh: CHINESE };

const KEY = "yiju-language";
let language = stored() ?? (navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en");

function stored() {
  try {
    const known = localStorage.getItem(KEY);
    return known in WORDS ? known : null;
  } catch {
    return null; // A browser may forbid it.
  }
}

export const current = () => language;

export function choose(name) {
  language = name;
  try {
    localStorage.setItem(KEY, name);
  } catch {
    // Then it is not remembered.
  }
}

// What the answer that is shown gives a score.
let units = "characters";

export const speakOf = (name) => (units = name);

/** What is scored, of a kind: one and several, and one as a heading. */
function named(kind) {
  const [unit, several] = WORDS[language].units[kind];
  return { unit, units: several, Unit: headed(unit) };
}

const headed = (text) => text[0].toUpperCase() + text.slice(1);

/** A kind of units as an option names it. */
export const unitsOption = (kind) => headed(named(kind).units);

/** A text of the page; places in braces are filled from `values`, or with what is scored. */
export function say(key, values = {}) {
  return fill(WORDS[language][key], { ...named(units), ...values });
}

export function problem(code, values = {}) {
  const known = WORDS[language].problems;
  return fill(known[code] ?? known.other, values);
}

const METHODS = new Map();

/** Remember what the server says of its methods. */
export function learn(methods) {
  for (const one of methods) METHODS.set(one.name, one.words);
}

/** Title of a method, and what it is. */
export function method(name) {
  return METHODS.get(name)?.[language] ?? WORDS[language].methods[name] ?? [name, ""];
}

export const percent = (p) => (100 * p).toFixed(1);

function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}
