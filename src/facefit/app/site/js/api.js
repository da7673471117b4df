// Talks to the computer: pairing, models, fits. Photos and frames have no address there.

const STATUS_MS = 4000;

export class ApiError extends Error {
  name = "ApiError";

  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** The computer gave no answer: it is off, or in another network, or something on the way broke off. */
export class Unreachable extends Error {
  name = "Unreachable";

  constructor(cause) {
    super("The computer is out of reach.", { cause });
  }
}

/** The browser keeps the session in a cookie that scripts cannot read; requests carry it by themselves. */
export class Api {
  /**
   * Whether this device is paired, and what the computer waits for; a computer that does not answer soon is away.
   * All calls reject with `Unreachable` then.
   */
  async status() {
    try {
      return await this.get("/api/status", { signal: AbortSignal.timeout(STATUS_MS) });
    } catch (error) {
      throw error.name === "AbortError" ? new Unreachable(error) : error; // Chrome before 124 calls a timeout so
    }
  }

  /** Spends the one-time code that the computer shows. */
  pair(code) {
    return this.post("/api/pair", { code });
  }

  /**
   * Networks to choose from: [{name, title, kind, url, size_bytes}], where the computer is slow those of the last time;
   * with the cache "reload" never those.
   */
  async models(cache) {
    return (await this.get("/api/models", { cache })).models;
  }

  async get(path, { signal, cache = "no-store" } = {}) {
    return readJson(await reached(fetch(path, { signal, cache })));
  }

  async post(path, body, { signal } = {}) {
    const headers = { "Content-Type": "application/json" };
    return readJson(await reached(fetch(path, { method: "POST", headers, body: JSON.stringify(body), signal })));
  }

  async bytes(path, { signal } = {}) {
    const response = await reached(fetch(path, { signal }));
    if (!response.ok) await readJson(response);
    return new Uint8Array(await reached(response.arrayBuffer()));
  }
}

/** What the network gives; its failures under their own name, so that those of the page are not taken for them. */
async function reached(answer) {
  try {
    return await answer;
  } catch (error) {
    throw error.name === "AbortError" ? error : new Unreachable(error);
  }
}

async function readJson(response) {
  const body = parsed(await reached(response.text()));
  if (!response.ok) {
    throw new ApiError(response.status, body.error ?? `the computer answers with status ${response.status}`);
  }
  return body;
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
