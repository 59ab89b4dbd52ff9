// The page's texts in the language that was chosen.
import { CHINESE } from "./chinese.js";
import { ENGLISH } from "./english.js";
import { TRADITIONAL } from "./traditional.js";

export const WORDS = { en: ENGLISH, zh: CHINESE, "zh-Hant": TRADITIONAL };

const KEY = "yiju-language";
const ASKED = "lang";
let language = known(new URLSearchParams(location.search).get(ASKED)) ?? known(stored()) ?? known(navigator.language) ?? "en";

/** The language of the page that a name such as zh-TW means; null where the page does not speak it. */
function known(name) {
  if (/^zh-(hant|tw|hk|mo)\b/i.test(name ?? "")) return "zh-Hant";
  return ["zh", "en"].find((one) => one === (name ?? "").toLowerCase().split("-")[0]) ?? null;
}

function stored() {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null; // A browser may forbid it.
  }
}

export const current = () => language;

export function choose(name) {
  language = name;
  const address = new URL(location.href);
  if (address.searchParams.has(ASKED)) {
    address.searchParams.set(ASKED, name);
    history.replaceState(null, "", address);
  }
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

/** Sentences one after another. */
export const joined = (sentences) => sentences.join(say("gap"));

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

/** What training pairs are found by. */
export const measureName = (name) => WORDS[language].measures[name];

/** A count with its thousands apart, as the server writes it too. */
export const grouped = (count) => count.toLocaleString("en");

export const percent = (p) => (100 * p).toFixed(1);

/** A probability as a figure that stands by itself. */
export const percentage = (p) => say("percentage", { p: percent(p) });

function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}
