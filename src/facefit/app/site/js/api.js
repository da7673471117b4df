// Talks to the computer: pairing, models, fits. Photos and frames have no address there.

export class ApiError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

/** The browser keeps the session in a cookie that scripts cannot read; requests carry it by themselves. */
export class Api {
  /** Whether this device is paired, and what the computer waits for. Rejects with a TypeError if it is out of reach. */
  status() {
    return this.get("/api/status");
  }

  /** Spends the one-time code that the computer shows. */
  pair(code) {
    return this.post("/api/pair", { code });
  }

  /** Networks to choose from: [{name, title, kind, url, size_bytes}]. */
  async models() {
    return (await this.get("/api/models")).models;
  }

  async get(path, { signal } = {}) {
    return readJson(await fetch(path, { signal, cache: "no-store" }));
  }

  async post(path, body, { signal } = {}) {
    const headers = { "Content-Type": "application/json" };
    return readJson(await fetch(path, { method: "POST", headers, body: JSON.stringify(body), signal }));
  }

  async bytes(path, { signal } = {}) {
    const response = await fetch(path, { signal });
    if (!response.ok) await readJson(response);
    return new Uint8Array(await response.arrayBuffer());
  }
}

async function readJson(response) {
  const body = await response.json().catch(() => ({}));
  if (!response.ok) {
    throw new ApiError(response.status, body.error ?? `the computer answers with status ${response.status}`);
  }
  return body;
}
