"""The service worker on its own, with made-up caches and a made-up computer, in a real Chromium."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from facefit.app.site_files import SITE

pytestmark = pytest.mark.slow
WORLD = """(source) => {
  window.world = ({ kept = {}, answers = {}, active = null, room = 99, patienceMs = 0 }) => {
    const [stored, handlers, events] = [new Map(Object.entries(kept)), {}, []];
    const address = (path) => `http://phone${path}`;
    const cache = {
      addAll: async () => {},
      match: async (url) => stored.has(path(url)) ? new Response(stored.get(path(url))) : undefined,
      put: async (url, response) => {
        if (stored.size >= room) throw new DOMException("full", "QuotaExceededError");
        stored.set(path(url), await response.text());
      },
      keys: async (url, { ignoreSearch = false } = {}) => {
        const named = (key) => (ignoreSearch ? key.split("?")[0] : key);
        const same = [...stored.keys()].filter((key) => !url || named(key) === named(path(url)));
        return same.map((key) => ({ url: address(key) }));
      },
      add: async (name) => cache.put(name, await fetch({ url: address(name) })),
      delete: async ({ url }) => stored.delete(path(url)),
    };
    const caches = { open: async () => cache, keys: async () => (active ? ["shell 0", "runtime 0"] : []) };
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
      { version: "1", files: [] }, self, caches, { origin: "http://phone" }, fetch, soon);
    const run = async (name, more) => {
      const waited = [];
      let answer = null;
      handlers[name]({ waitUntil: (p) => waited.push(p), respondWith: (p) => (answer = p), ...more });
      const given = await answer?.then((response) => response.text(), ({ name }) => name);
      await Promise.all(waited);
      return { given, waited: waited.length, kept: Object.fromEntries(stored) };
    };
    return {
      install: async () => ({ ...(await run("install", {})), events }),
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


def test_a_phone_without_room_still_gets_its_answer(page: Any) -> None:
    for url in ("/api/models/a?v=2", "/vendor/a.wasm"):
        seen = ask(page, url, answers={url: {"text": "new"}}, room=0)
        assert seen["given"] == "new" and seen["kept"] == {}


def test_an_older_version_makes_room_for_the_new_one(page: Any) -> None:
    kept, new = {"/api/models/a?v=1": "old"}, {"/api/models/a?v=2": {"text": "new"}}
    assert ask(page, "/api/models/a?v=2", kept=kept, answers=new, room=1)["kept"] == {"/api/models/a?v=2": "new"}


def test_a_new_list_brings_the_new_versions_of_what_was_used(page: Any) -> None:
    """Else a phone that goes out of reach before it uses them has none that the list names."""
    listed = '{"models": [{"url": "/api/models/a?v=2"}, {"url": "/api/models/b?v=1"}, {"url": "/api/models/c?v=1"}]}'
    answers = {"/api/models": {"text": listed}} | {f"/api/models/{n}": {"text": "new"} for n in ("a?v=2", "c?v=1")}
    kept = {"/api/models/a?v=1": "old", "/api/models/b?v=1": "kept"}
    seen = ask(page, "/api/models", kept=kept, answers=answers)
    assert seen["kept"] == {"/api/models/b?v=1": "kept", "/api/models": listed, "/api/models/a?v=2": "new"}


def test_runtime_and_detector_are_those_of_the_page(page: Any) -> None:
    """Kept ones are not asked for again; a new version gets its own before it takes the page over."""
    url = "/vendor/litert/litert.js"
    seen = ask(page, url, kept={url: "kept"}, answers={url: {"text": "newer"}})
    assert seen["given"] == "kept" and seen["waited"] == 0
    assert ask(page, url, answers={url: {"text": "first"}})["kept"] == {url: "first"}
    world = {"active": {}, "kept": {url: "of before", "/detector/gone": "x"}, "answers": {url: {"text": "newer"}}}
    assert page.evaluate("(w) => world(w).install()", world)["kept"][url] == "newer"


def test_a_new_version_waits_until_the_page_is_closed(page: Any) -> None:
    assert page.evaluate("world({}).install()")["events"] == ["takes over"]
    assert page.evaluate("world({ active: {} }).install()")["events"] == []
