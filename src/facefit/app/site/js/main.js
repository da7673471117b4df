/** The page: tabs, and what they share. */

import { Api, Unreachable } from "./api.js";
import { FaceService } from "./faces/service.js";
import { element } from "./elements.js";
import { Models } from "./models.js";
import { Connection } from "./shell/connection.js";
import { keepForOffline } from "./shell/offline.js";
import { missingFeature } from "./shell/support.js";
import { TabBar } from "./shell/tab_bar.js";
import { Toast } from "./shell/toast.js";
import * as fit from "./tabs/fit.js";
import * as live from "./tabs/live.js";
import * as match from "./tabs/match.js";
import * as measure from "./tabs/measure.js";

/** All at once, so that no page is put together from two versions. */
const TABS = { match, live, measure, fit };

class Page {
  #panel = document.querySelector("#panel");
  #tabs = new TabBar(Object.keys(TABS), (name) => this.#show(name));
  #connection;
  #context;
  #mounted = null;

  constructor() {
    const api = new Api();
    this.#connection = new Connection(api, () => this.#tabs.choose("fit"));
    const models = new Models(api);
    this.#connection.addEventListener("paired", () => this.#refresh());
    const toast = new Toast();
    const [say, warn] = [(words) => toast.say(words), (words) => toast.warn(words)];
    const faces = new FaceService(api);
    this.#context = { api, connection: this.#connection, models, faces, settings: new Map(), say, warn };
  }

  async start() {
    const missing = missingFeature();
    if (missing) {
      this.#panel.replaceChildren(element("p", { className: "notice", role: "alert" }, missing));
      for (const useless of document.querySelectorAll("#connection, .tabs")) useless.hidden = true;
      return;
    }
    this.#tabs.choose("match");
    await keepForOffline(); // before anything is loaded that should be kept
    await this.#pairByAddress();
    await Promise.all([this.#connection.look(), this.#refresh()]);
  }

  /** The code is in the address that the computer shows as a QR code; it is good once, so it leaves the address. */
  async #pairByAddress() {
    const code = new URLSearchParams(location.hash.slice(1)).get("code");
    if (!code) return;
    history.replaceState(null, "", location.pathname);
    await this.#connection.pair(code).catch((error) => this.#context.warn(error.message));
  }

  /** A computer that is away, or does not know this device, is told on top already. */
  async #refresh() {
    await this.#context.models.refresh().catch((error) => {
      if (!(error instanceof Unreachable) && error.status !== 401) this.#context.warn(error.message);
    });
  }

  #show(name) {
    this.#mounted?.unmount();
    this.#panel.setAttribute("aria-labelledby", `tab-${name}`);
    this.#panel.replaceChildren();
    this.#panel.scrollTop = 0;
    this.#mounted = TABS[name];
    this.#mounted.mount(this.#panel, this.#context);
  }
}

await new Page().start();
document.body.dataset.ready = "yes";
