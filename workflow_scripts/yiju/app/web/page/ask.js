// Asking the server, and what can go wrong with that.
import { current } from "./words.js";

/** A request that was not answered: `code` as in the API, "offline" without a server; `detail`: what the server says, in
 * the language of the page then; `seconds` until a new try. */
export class Problem extends Error {
  constructor(code, detail = "", seconds = 1) {
    super(detail);
    Object.assign(this, { code, detail, seconds, language: current() });
  }
}

export const json = async (path, body, signal) => (await ask(path, JSON.stringify(body), "application/json", signal)).json();

export const file = (path, body) => ask(path, body, "application/octet-stream");

/** What a model of the server offers. */
export const facts = async (model = "own") => (await ask(`/api/methods?model=${model}`)).json();

async function ask(path, body, type, signal) {
  const headers = { "Accept-Language": current(), ...(type ? { "Content-Type": type } : {}) };
  let answer;
  try {
    answer = await fetch(path, { method: body === undefined ? "GET" : "POST", body, headers, signal });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem("offline");
  }
  if (answer.ok) return answer;
  const { error } = await answer.json().catch(() => ({ error: { code: "other", message: `HTTP ${answer.status}` } }));
  throw new Problem(error.code, error.message, Number(answer.headers.get("Retry-After")) || 1);
}
