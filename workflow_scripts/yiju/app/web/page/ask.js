// Asking the server, and what can go wrong with that.

/** A request that was not answered: `code` as in the API, "offline" without a server; `seconds` until a new try. */
export class Problem extends Error {
  constructor(code, detail = "", seconds = 1) {
    super(detail);
    Object.assign(this, { code, detail, seconds });
  }
}

export const json = async (path, body, signal) => (await ask(path, JSON.stringify(body), "application/json", signal)).json();

export const file = (path, body) => ask(path, body, "application/octet-stream");

export const facts = async () => (await ask("/api/methods")).json();

async function ask(path, body, type, signal) {
  const headers = type ? { "Content-Type": type } : {};
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
