// The tabs, and what they share.

import { Api } from "./api.js";
import { Models } from "./models.js";

const tabs = ["match", "live", "measure", "fit"];
const api = new Api();
const context = { api, models: new Models(api), settings: new Map(), say };
let mounted = null;

function say(message) {
  document.querySelector("#message").textContent = message;
}

async function show(name) {
  mounted?.unmount();
  const panel = document.querySelector("#panel");
  panel.replaceChildren();
  mounted = await import(`./tabs/${name}.js`);
  mounted.mount(panel, context);
}

async function pairByAddress() {
  const code = new URLSearchParams(location.hash.slice(1)).get("code");
  if (!code) return;
  history.replaceState(null, "", location.pathname);
  await api.pair(code);
}

for (const name of tabs) {
  document.querySelector(`#tab-${name}`).addEventListener("click", () => show(name));
}
await pairByAddress().catch((error) => say(error.message));
await show("match");
await context.models.refresh().catch((error) => say(error.message));
