// A file in, its judgements out.
import * as server from "./ask.js";
import { binary, labelled, score } from "./classes.js";
import { at, make, plain, table } from "./dom.js";
import { percent, problem, say } from "./words.js";

const KINDS = { tsv: "tsv", txt: "tsv", csv: "csv", jsonl: "jsonl", json: "jsonl" };
const SHOWN = 10;
const known = { offer: () => null, done: null, problem: null };

export function setUpFiles(offer) {
  known.offer = offer;
  at("send").addEventListener("submit", (event) => {
    event.preventDefault();
    judge();
  });
  at("result").addEventListener("change", show);
}

async function judge() {
  Object.assign(known, { done: null, problem: null });
  const [chosen] = at("file").files;
  try {
    const kind = fit(chosen);
    show();
    at("file-status").textContent = say("working");
    at("send-go").disabled = true;
    const rows = (await lines(await server.file(`/api/file?format=${kind}`, chosen))).map(JSON.parse);
    known.done = { rows, kind, chosen };
  } catch (error) {
    if (!(error instanceof server.Problem)) throw error;
    known.problem = error;
  } finally {
    at("send-go").disabled = false;
    show();
  }
}

const lines = async (answer) => (await answer.text()).split("\n").filter(Boolean);

/** The file's kind. Throws a Problem for what the server would refuse. */
function fit(chosen) {
  if (!chosen) throw new server.Problem("no_file");
  const kind = KINDS[chosen.name.split(".").pop().toLowerCase()];
  if (!kind) throw new server.Problem("kind");
  if (known.offer() && chosen.size > known.offer().file_bytes) throw new server.Problem("file_large");
  return kind;
}

/** Texts of this part in the chosen language. */
export function sayFiles(offer) {
  at("file-help").textContent = say("fileHelp", { rows: (offer?.rows ?? 1000).toLocaleString("en"), size: size() });
  show();
}

const size = () => ((known.offer()?.file_bytes ?? 1 << 20) / (1 << 20)).toFixed(0);

function show() {
  const { done, problem: wrong } = known;
  const detail = wrong?.detail ? [make("small", { lang: "en" }, wrong.detail)] : [];
  const values = { seconds: wrong?.seconds, size: size() };
  at("file-problem").replaceChildren(...(wrong ? [make("p", { class: "problem" }, problem(wrong.code, values), ...detail)] : []));
  at("file-status").textContent = done ? counted(done.rows) : "";
  at("file-answer").replaceChildren(...(done ? [...unpaired(done.rows), button(done), preview(done.rows)] : []));
}

function counted(rows) {
  const good = rows.filter((row) => !row.error);
  const counts = { good: good.length, all: rows.length, similar: good.filter((row) => row.label).length };
  const labels = binary() && good.every((row) => row.label !== null);
  return say(labels ? "fileDone" : "fileJudged", counts) + doubtful(good);
}

/** How many pairs hold what the model does not know, or did not read. */
function doubtful(rows) {
  const [unknown, unread] = [rows.filter((row) => row.unknown), rows.filter((row) => row.truncated)];
  const half = (row) => 2 * row.unknown >= [...(row.q + row.t).replace(/\s/gu, "")].length;
  const told = unknown.length ? say("fileUnknown", { count: unknown.length, mostly: unknown.filter(half).length }) : "";
  return told + (unread.length ? say("fileUnread", { count: unread.length }) : "");
}

function unpaired(rows) {
  const bad = rows.filter((row) => row.error);
  if (!bad.length) return [];
  const items = bad.slice(0, SHOWN).map((row) => make("li", {}, say("line", { line: row.line, error: plain(row.error) })));
  if (bad.length > SHOWN) items.push(make("li", {}, say("more", { count: bad.length - SHOWN })));
  return [make("p", {}, say("fileBad")), make("ul", { class: "bad" }, ...items)];
}

function button(done) {
  const name = `judged.${at("result").value}`;
  const element = make("button", { type: "button", class: "primary", id: "download" }, say("download", { name }));
  element.addEventListener("click", () => download(done));
  return element;
}

/** The server writes the file: it knows what spreadsheets would take for a formula. */
async function download({ chosen, kind }) {
  const result = at("result").value;
  try {
    const answer = await server.file(`/api/file?format=${kind}&result=${result}`, chosen);
    const address = URL.createObjectURL(await answer.blob());
    make("a", { href: address, download: `judged.${result}` }).click();
    setTimeout(() => URL.revokeObjectURL(address), 60_000);
  } catch (error) {
    if (!(error instanceof server.Problem)) throw error;
    known.problem = error;
    show();
  }
}

function preview(rows) {
  const good = rows.filter((row) => !row.error).slice(0, SHOWN);
  const zh = (text) => make("span", { lang: "zh" }, plain(text));
  const label = (row) => (row.label === null ? "" : labelled(row.label));
  const figure = (row) => (row.probability === null ? score(row.score) : `${percent(row.probability)} %`);
  const cells = good.map((row) => [String(row.line), zh(row.q), zh(row.t), label(row), figure(row)]);
  return make("div", { class: "scroll" }, table(say("preview"), ["", say("of1"), say("of2"), "", "p"], cells));
}
