// A file in: its columns, and its pairs judged.
import * as server from "./ask.js";
import { at, make, plain, table } from "./dom.js";
import { forget, judgeFile, sayResult, setUpResult } from "./results.js";
import { known as page } from "./state.js";
import { grouped, problem, say } from "./words.js";

const KINDS = ["csv", "tsv", "txt", "xlsx", "xlsm", "xls", "ods", "jsonl", "json", "parquet"];
// Those of which a first record may name the columns or not.
const HEADED = ["csv", "tsv", "txt", "xlsx", "xlsm", "xls", "ods"];
const ROLES = ["q", "t", "label"];
// What tells the server that there are no right answers.
const NO_LABEL = 0;
const LONGEST = 40;
// file: the chosen one; looked: what the server says of its columns; problem: why it is not judged.
const known = { file: null, kind: null, looked: null, problem: null };

/** open: what shows a pair of the result. */
export function setUpFiles(open) {
  at("send").addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(judge);
  });
  at("file").addEventListener("change", () => attempt(() => look(null)));
  for (const role of ROLES) at(`column-${role}`).addEventListener("change", forget);
  at("column-names").addEventListener("change", () => attempt(() => look(at("column-names").checked)));
  setUpResult(open, attempt);
}

/** Do something with the chosen file, and say what stands in the way. */
async function attempt(what) {
  known.problem = null;
  at("send-go").disabled = true;
  at("file-status").textContent = say("working");
  try {
    await what();
  } catch (error) {
    if (!(error instanceof server.Problem)) throw error;
    known.problem = error;
  } finally {
    at("send-go").disabled = false;
    show();
    sayResult();
  }
}

/** Ask for the columns of the chosen file, and which seem to hold the sentences. header: whether its first line names
 * them, null where the server is to find out. */
async function look(header) {
  const [file] = at("file").files;
  forget();
  Object.assign(known, { file, kind: null, looked: null });
  if (!file) return;
  known.kind = fit(file);
  const told = header === null ? {} : { header };
  known.looked = await (await server.file(`/api/columns?${new URLSearchParams({ format: known.kind, ...told })}`, file)).json();
  offerColumns();
  sayFiles();
}

async function judge() {
  if (!known.file) throw new server.Problem("no_file");
  if (!known.looked) await look(null);
  forget();
  const [q, t] = [at("column-q").value, at("column-t").value];
  if (!q || !t || q === t) throw new server.Problem("columns");
  await judgeFile(known.file, address());
}

/** Where the file is judged, with the columns that were chosen. */
function address() {
  const [q, t, label] = ROLES.map((role) => at(`column-${role}`).value);
  const told = { format: known.kind, header: known.looked.header, q, t, label: label || NO_LABEL };
  return `/api/file?${new URLSearchParams(told)}`;
}

/** The file's kind. Throws a Problem for what the server would refuse. */
function fit(file) {
  const kind = file.name.split(".").pop().toLowerCase();
  if (!KINDS.includes(kind)) throw new server.Problem("kind");
  if (page.offer && file.size > page.offer.file_bytes) throw new server.Problem("file_large");
  return kind;
}

/** The choices of columns, those preselected that the server takes for the sentences and the right answers. */
function offerColumns() {
  for (const role of ROLES) {
    const options = known.looked.columns.map((one, place) => make("option", { value: String(place + 1) }, named(one, place)));
    at(`column-${role}`).replaceChildren(make("option", { value: "" }), ...options);
    at(`column-${role}`).value = String(known.looked[role] ?? "");
  }
  at("column-names").checked = known.looked.header;
  at("names-choice").hidden = !HEADED.includes(known.kind);
}

/** A column by its name, else by its number. */
function named({ name }, place) {
  if (!known.looked.header) return say("columnNumber", { number: place + 1 });
  return plain(name.length > LONGEST ? `${name.slice(0, LONGEST)}…` : name);
}

/** Texts of this part in the chosen language. */
export function sayFiles() {
  at("file-help").textContent = say("fileHelp", { rows: grouped(page.offer?.rows ?? 1000), size: size() });
  for (const role of ROLES) {
    const [first, ...others] = at(`column-${role}`).options;
    if (first) first.textContent = say(role === "label" ? "noColumn" : "chooseColumn");
    others.forEach((option, place) => (option.textContent = named(known.looked.columns[place], place)));
  }
  show();
  sayResult();
}

const size = () => ((page.offer?.file_bytes ?? 1 << 20) / (1 << 20)).toFixed(0);

function show() {
  const { problem: wrong, looked } = known;
  const detail = wrong?.detail ? [make("small", { lang: wrong.language }, wrong.detail)] : [];
  const values = { seconds: wrong?.seconds, size: size() };
  at("file-problem").replaceChildren(...(wrong ? [make("p", { class: "problem" }, problem(wrong.code, values), ...detail)] : []));
  at("columns").hidden = !looked;
  if (!looked) return;
  at("columns-said").textContent = looked.said.map(plain).join(say("also"));
  at("columns-seen").replaceChildren(seen(looked));
}

/** The beginning of the file as a table. */
function seen({ columns }) {
  const count = Math.max(...columns.map(({ values }) => values.length));
  const cell = (text) => make("span", { lang: "zh" }, plain([...text].slice(0, LONGEST).join("")));
  const rows = Array.from({ length: count }, (_, row) => [String(row + 1), ...columns.map(({ values }) => cell(values[row] ?? ""))]);
  return table(say("beginning"), ["", ...columns.map(named)], rows);
}
