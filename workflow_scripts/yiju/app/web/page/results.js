// A judged file out: what was found, its rows, each of which opens its explanation, and the download.
import * as server from "./ask.js";
import { binary, labelled, score } from "./classes.js";
import { at, make, plain, scrolling, table } from "./dom.js";
import { goTo } from "./reveal.js";
import { percent, percentage, say } from "./words.js";

// Rows that are no pairs are named up to so many, and so many others are shown at a time.
const [NAMED, SHOWN] = [10, 20];
const FORMATS = ["csv", "xlsx", "jsonl"];
// opened: the row whose pair is shown above.
const known = { done: null, shown: SHOWN, opened: null, open: null, attempt: null };

/** open: shows a pair; attempt: does something and says what stands in the way. */
export function setUpResult(open, attempt) {
  Object.assign(known, { open, attempt });
  at("back-go").addEventListener("click", back);
}

/** Judge the file at an address of the server and show what comes. */
export async function judgeFile(file, address) {
  const text = await (await server.file(`${address}&result=pairs`, file)).text();
  const rows = text.split("\n").filter(Boolean).map(JSON.parse);
  Object.assign(known, { done: { rows, file, address }, shown: SHOWN });
  sayResult();
}

/** The result is of another file or of other columns. */
export function forget() {
  Object.assign(known, { done: null, opened: null });
  at("back").hidden = true;
  sayResult();
}

/** The way back to the file, above the answer to one of its pairs. */
export function sayBack({ q, t }) {
  const { opened } = known;
  at("back").hidden = opened?.q !== q || opened?.t !== t;
  if (opened) at("back-go").textContent = say("back", { line: opened.line });
}

/** The result in the chosen language. */
export function sayResult() {
  const { done } = known;
  at("file-status").textContent = done ? counted(done.rows) : "";
  at("file-answer").replaceChildren(...(done ? [...unpaired(done.rows), downloads(), ...judged(done.rows)] : []));
}

function counted(rows) {
  const good = rows.filter((row) => !row.error);
  const counts = { good: good.length, all: rows.length, similar: good.filter((row) => row.label).length };
  const labels = binary() && good.every((row) => row.label !== null);
  return say(labels ? "fileDone" : "fileJudged", counts) + correct(good) + doubtful(good);
}

/** How many are judged as the file says, where it says it. */
function correct(rows) {
  const told = rows.filter((row) => row.gold !== null && row.label !== null);
  if (!told.length || !binary()) return "";
  const right = told.filter((row) => row.gold === row.label).length;
  return say("fileRight", { right, told: told.length, p: percent(right / told.length) });
}

/** How many pairs hold what the model does not know, or did not read. */
function doubtful(rows) {
  const [unknown, unread] = [rows.filter((row) => row.unknown), rows.filter((row) => row.truncated)];
  const half = (row) => 2 * row.unknown >= [...(row.q + row.t).replace(/\s/gu, "")].length;
  const mostly = unknown.filter(half).length;
  const told = unknown.length ? say("fileUnknown", { count: unknown.length }) : "";
  return told + (mostly ? say("fileMostlyUnknown", { mostly }) : "") + (unread.length ? say("fileUnread", { count: unread.length }) : "");
}

function unpaired(rows) {
  const bad = rows.filter((row) => row.error);
  if (!bad.length) return [];
  const items = bad.slice(0, NAMED).map((row) => make("li", {}, say("line", { line: row.line, error: plain(row.error) })));
  if (bad.length > NAMED) items.push(make("li", {}, say("more", { count: bad.length - NAMED })));
  return [make("p", {}, say("fileBad")), make("ul", { class: "bad" }, ...items)];
}

/** The whole table of the user with what was judged, in a format. */
function downloads() {
  const buttons = FORMATS.map((format) => button(say(format), () => known.attempt(() => download(format)), { class: "download", "data-format": format }));
  return make("p", { class: "downloads" }, make("span", {}, say("download")), ...buttons);
}

function button(text, action, attributes) {
  const element = make("button", { type: "button", ...attributes }, text);
  element.addEventListener("click", action);
  return element;
}

/** The server writes the file: it knows what spreadsheets would take for a formula. */
async function download(format) {
  const { file, address } = known.done;
  const answer = await server.file(`${address}&result=${format}`, file);
  const place = URL.createObjectURL(await answer.blob());
  make("a", { href: place, download: `judged.${format}` }).click();
  setTimeout(() => URL.revokeObjectURL(place), 60_000);
}

/** The pairs, the first ones of them until more are asked for; a click shows what a judgement rests on. */
function judged(rows) {
  const good = rows.filter((row) => !row.error);
  const head = [say("lineNumber"), say("of1"), say("of2"), say("judge"), binary() ? say("chance") : "p"];
  const cells = good.slice(0, known.shown).map((row) => [opener(row), text(row.q), text(row.t), ...figures(row)]);
  const shown = scrolling(say("pairsJudged"), table(say("pairsJudged"), head, cells));
  if (good.length <= known.shown) return [shown];
  return [shown, button(say("showMore", { count: Math.min(SHOWN, good.length - known.shown) }), showMore, { id: "more" })];
}

const text = (sentence) => make("span", { lang: "zh" }, plain(sentence));

const figures = (row) => [row.label === null ? "" : labelled(row.label), row.probability === null ? score(row.score) : percentage(row.probability)];

function opener(row) {
  const label = say("openRow", { line: row.line });
  return button(String(row.line), () => show(row), { class: "row-open", id: `line-${row.line}`, "aria-label": label, title: label });
}

function showMore() {
  const next = known.shown;
  known.shown += SHOWN;
  sayResult();
  document.querySelectorAll(".row-open")[next].focus();
}

/** Show the pair of a row above. */
function show(row) {
  known.opened = row;
  known.open(row.q, row.t);
}

function back() {
  goTo(at(`line-${known.opened.line}`));
}
