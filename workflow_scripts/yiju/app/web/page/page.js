// The page: sentences in, judgement and evidence out.
import { facts } from "./ask.js";
import { setUpBefore } from "./before.js";
import { binary, know, labelled } from "./classes.js";
import { at, make } from "./dom.js";
import { SIDES } from "./draw.js";
import { sayExamples, setUpExamples } from "./examples.js";
import { setUpFiles, sayFiles } from "./files.js";
import { FIRST, fail, judge } from "./judging.js";
import { introduction } from "./notes.js";
import { show, showCurve, showLines } from "./show.js";
import { known } from "./state.js";
import { choose, current, grouped, joined, learn, method, say, unitsOption } from "./words.js";

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
  at("model").textContent = known.offer ? joined(introduction(known.offer)) : "";
  sayExamples();
  sayMethod();
  SIDES.forEach(sayLength);
  sayFiles();
  show();
}

function sayMethod() {
  at("method-note").textContent = at("method").value ? method(at("method").value)[1] : "";
}

function sayLength(side) {
  const [count, most] = [[...at(side).value].length, known.offer?.characters ?? 1000];
  const over = count > most;
  at(`${side}-note`).textContent = say(over ? "over" : "count", { count: grouped(count), most: grouped(most) });
  at(`${side}-note`).classList.toggle("wrong", over);
  at(side).setAttribute("aria-invalid", String(over));
}

function recall() {
  const given = new URLSearchParams(location.hash.slice(1));
  if (!given.has("q") || !given.has("t")) return;
  for (const key of ["method", "units", "target"]) {
    const value = given.get(key) ?? "";
    if ([...at(key).options].some((option) => option.value === value)) at(key).value = value;
  }
  sayMethod();
  open(given.get("q"), given.get("t"));
}

/** Put a pair into the form. */
function take(q, t) {
  Object.entries({ q, t }).forEach(([side, text]) => {
    at(side).value = text;
    sayLength(side);
  });
}

/** Judge a pair that was not written into the form; it is no edit of the one before. */
function open(q, t) {
  take(q, t);
  known.answer = null;
  return judge();
}

function setUpForm() {
  at("ask").addEventListener("submit", (event) => {
    event.preventDefault();
    judge();
  });
  for (const side of SIDES) {
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
  setUpExamples(open);
  setUpFiles(open);
  setUpBefore();
  setUpPage();
  speak();
  try {
    known.offer = await facts();
    if (known.offer.models.includes("against")) known.against = await facts("against");
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
