// The API's description, drawn from /openapi.json.
import { at, make, scrolling, table } from "./dom.js";

const WIDEST = 60;

const named = (reference) => reference.split("/").pop();

/** A schema in a few words; others that it refers to by their names. */
function kind(schema) {
  if (!schema) return "";
  if (schema.$ref) return named(schema.$ref);
  if (schema.anyOf) return schema.anyOf.map(kind).join(" or ");
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" or ");
  if (schema.type === "array") return `list of ${schema.items ? kind(schema.items) : schema.prefixItems.map(kind).join(", ")}`;
  return (schema.type ?? "anything") + bounds(schema);
}

function bounds(schema) {
  const said = [];
  if (schema.minimum !== undefined) said.push(`≥ ${schema.minimum}`);
  if (schema.maximum !== undefined) said.push(`≤ ${schema.maximum}`);
  if (schema.maxLength !== undefined) said.push(`at most ${schema.maxLength} characters`);
  return said.length ? `, ${said.join(", ")}` : "";
}

const code = (text) => make("code", {}, text);

/** A text with what stands between backticks as code. */
const prose = (text) => text.split("`").map((part, place) => (place % 2 ? code(part) : part));

function properties(name, schema) {
  const rows = Object.entries(schema.properties ?? {}).map(([key, value]) => [
    code(key + (schema.required?.includes(key) ? "" : "?")),
    kind(value) + (value.default === undefined || typeof value.default === "object" ? "" : `; default ${JSON.stringify(value.default)}`),
    value.description ?? "",
  ]);
  return make("section", { id: name }, make("h2", {}, name), ...(schema.description ? [make("p", {}, ...prose(schema.description))] : []), scrolling(name, table(name, ["key", "type", ""], rows)));
}

function operation(path, verb, told, schemas) {
  const children = [make("h2", {}, make("span", { class: "verb" }, verb.toUpperCase()), ` ${path}`), make("p", {}, ...prose([told.summary, told.description].filter(Boolean).join(". ")))];
  const queries = (told.parameters ?? []).map((one) => [code(one.name + (one.required ? "" : "?")), kind(one.schema), one.description ?? ""]);
  if (queries.length) children.push(scrolling("query", table("query", ["name", "type", ""], queries)));
  children.push(make("pre", { tabindex: "0" }, make("code", {}, example(path, verb, told, schemas))));
  children.push(make("p", {}, "Answers with ", link(told.responses[200].content), "."));
  return make("section", {}, ...children);
}

/** What every operation may be refused with. */
function refusals(operations) {
  const all = Object.assign({}, ...operations.map((told) => told.responses));
  const rows = Object.entries(all).filter(([status]) => status >= 400).map(([status, one]) => [status, one.description, link(one.content)]);
  return make("section", {}, make("h2", {}, "Refusals"), scrolling("Refusals", table("instead of an answer", ["status", "", "form"], rows)));
}

/** Schemas that a schema is, is a list of, or is one of. */
const references = (schema) => (schema.$ref ? [schema.$ref] : [...(schema.anyOf ?? []), ...(schema.items ? [schema.items] : [])].flatMap(references));

function link(content = {}) {
  const found = references(Object.values(content)[0]?.schema ?? {});
  if (!found.length) return Object.keys(content).join(", ");
  const links = found.map((reference) => make("a", { href: `#${named(reference)}` }, named(reference)));
  return make("span", {}, ...links.flatMap((one, place) => (place ? [" or ", one] : [one])));
}

/** A call that works as it stands. */
function example(path, verb, told, schemas) {
  const address = location.origin + path;
  if (verb === "get") return `curl ${address}`;
  const reference = told.requestBody.content["application/json"]?.schema.$ref;
  if (!reference) return `curl --data-binary @pairs.tsv '${address}?format=tsv&result=csv'`;
  const body = {};
  for (const [key, value] of Object.entries(schemas[named(reference)].properties)) {
    if (value.examples) [body[key]] = value.examples;
  }
  const words = ["curl", address, "-H 'Content-Type: application/json'", `-d '${JSON.stringify(body)}'`];
  return words.join(words.join(" ").length > WIDEST ? " \\\n  " : " ");
}

async function start() {
  try {
    const api = await (await fetch("/openapi.json")).json();
    at("about").replaceChildren(...prose(`${api.info.description} Version ${api.info.version}.`));
    const { schemas } = api.components;
    const operations = Object.entries(api.paths).flatMap(([path, verbs]) => Object.entries(verbs).map(([verb, told]) => operation(path, verb, told, schemas)));
    const told = Object.values(api.paths).flatMap(Object.values);
    at("paths").replaceChildren(...operations, refusals(told));
    const own = Object.entries(schemas).filter(([name]) => !/ValidationError/.test(name));
    at("schemas").replaceChildren(...own.map(([name, schema]) => properties(name, schema)));
  } catch {
    at("problem").replaceChildren(make("p", { class: "problem" }, "The description cannot be read from this server: is it still running?"));
  }
}

start();
