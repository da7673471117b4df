"""The service worker on its own, with made-up caches and a made-up computer, in a real Chromium."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from facefit.app.site_files import SITE

pytestmark = pytest.mark.slow
WORLD = """(source) => {
  window.world = ({ kept = {}, answers = {}, active = null, full = false, patienceMs = 0 }) => {
    const [stored, handlers, events] = [new Map(Object.entries(kept)), {}, []];
    const address = (path) => `http://phone${path}`;
    const cache = {
      addAll: async () => {},
      match: async (url) => stored.has(path(url)) ? new Response(stored.get(path(url))) : undefined,
      put: async (url, response) => {
        if (full) throw new DOMException("full", "QuotaExceededError");
        stored.set(path(url), await response.text());
      },
      keys: async (url) => [...stored.keys()].filter((key) => key.split("?")[0] === path(url).split("?")[0])
        .map((key) => ({ url: address(key) })),
      delete: async ({ url }) => stored.delete(path(url)),
    };
    const path = (url) => url.replace(/^http:\\/\\/phone/, "");
    const self = {
      addEventListener: (name, handler) => (handlers[name] = handler),
      registration: { active },
      skipWaiting: async () => events.push("takes over"),
    };
    const fetch = async (request) => {
      const { text, status = 200, ms = 0 } = answers[path(request.url)] ?? {};
      await new Promise((resolve) => setTimeout(resolve, ms));
      if (text === undefined) throw new TypeError("Failed to fetch");
      return new Response(text, { status });
    };
    const soon = (call, _, value) => setTimeout(call, patienceMs, value);
    new Function("SHELL", "self", "caches", "location", "fetch", "setTimeout", source)(
      { version: "1", files: [] }, self, { open: async () => cache }, { origin: "http://phone" }, fetch, soon);
    const run = async (name, more) => {
      const waited = [];
      let answer = null;
      handlers[name]({ waitUntil: (p) => waited.push(p), respondWith: (p) => (answer = p), ...more });
      const given = await answer?.then((response) => response.text(), ({ name }) => name);
      await Promise.all(waited);
      return { given, waited: waited.length, kept: Object.fromEntries(stored) };
    };
    return {
      install: async () => (await run("install", {}), events),
      ask: (url, cache = "default") => run("fetch", { request: new Request(address(url), { cache }) }),
    };
  };
}"""


@pytest.fixture(scope="module")
def page(browsers: Any) -> Iterator[Any]:
    browser, phone = browsers()
    page = browser.new_context(**phone).new_page()
    page.evaluate(WORLD, (SITE / "service-worker.js").read_text())
    yield page
    page.context.close()


def ask(page: Any, url: str, cache: str = "default", **world: Any) -> dict[str, Any]:
    seen: dict[str, Any] = page.evaluate("([w, url, cache]) => world(w).ask(url, cache)", [world, url, cache])
    return seen


def test_an_address_that_names_the_content_is_answered_from_what_was_kept(page: Any) -> None:
    new = {"/api/models/a?v=2": {"text": "new"}}
    seen = ask(page, "/api/models/a?v=2", kept={"/api/models/a?v=2": "kept"}, answers=new)
    assert seen["given"] == "kept" and seen["waited"] == 0
    kept = {"/api/models/a?v=1": "old", "/api/models/a": "older", "/api/models/ab?v=1": "another"}
    seen = ask(page, "/api/models/a?v=2", kept=kept, answers=new)
    assert seen["given"] == "new"
    assert seen["kept"] == {"/api/models/ab?v=1": "another", "/api/models/a?v=2": "new"}
    seen = ask(page, "/api/models/a?v=2", kept=kept)
    assert seen["given"] == "TypeError" and seen["kept"] == kept  # out of reach: no other version


def test_a_slow_answer_is_kept_although_the_page_did_not_wait_for_it(page: Any) -> None:
    slow = {"/api/models": {"text": "new", "ms": 200}}
    seen = ask(page, "/api/models", kept={"/api/models": "old"}, answers=slow)
    assert seen["given"] == "old" and seen["kept"] == {"/api/models": "new"}
    seen = ask(page, "/api/models", "reload", kept={"/api/models": "old"}, answers=slow)
    assert seen["given"] == "new"
    failing = {"/api/models": {"text": "error", "status": 500}}
    seen = ask(page, "/api/models", kept={"/api/models": "old"}, answers=failing, patienceMs=5000)
    assert seen["given"] == "old" and seen["kept"] == {"/api/models": "old"}
    assert ask(page, "/detector/a", kept={"/detector/a": "old"}, patienceMs=5000)["given"] == "old"


def test_a_phone_without_room_still_gets_its_answer(page: Any) -> None:
    for url in ("/api/models/a?v=2", "/vendor/a.wasm"):
        seen = ask(page, url, answers={url: {"text": "new"}}, full=True)
        assert seen["given"] == "new" and seen["kept"] == {}


def test_a_new_version_waits_until_the_page_is_closed(page: Any) -> None:
    assert page.evaluate("world({}).install()") == ["takes over"]
    assert page.evaluate("world({ active: {} }).install()") == []
