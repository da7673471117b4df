"""The frame of the page: tabs by keyboard, names for screen readers, room on a phone, words for old browsers."""

from __future__ import annotations

from typing import Any

import pytest
from page_visit import Visit
from playwright.sync_api import expect

TABS = ("match", "live", "measure", "fit")
OVERFLOW = """[document.documentElement, document.querySelector("#panel")].some(
  (element) => element.scrollWidth > innerWidth)"""
UNNAMED = """[...document.querySelectorAll("button, input, select, [role=tab], img")].filter((element) =>
  element.checkVisibility() && !(element.ariaLabel || element.textContent.trim() || element.labels?.length ||
  element.hasAttribute("alt"))).map((element) => element.outerHTML)"""
SMALL = """[...document.querySelectorAll("button, select, .choice, .slot")].filter((element) =>
  element.checkVisibility() && element.getBoundingClientRect().height < 40).map((element) => element.outerHTML)"""

LIVE_REGIONS = """[...document.querySelectorAll(".toast")].map(
  (toast) => [toast.id, toast.role ?? toast.getAttribute("role"), getComputedStyle(toast).display])"""
SPOKEN = """async () => {
  const { ProgressView } = await import("/js/profile/progress-view.js");
  const view = new ProgressView();
  const status = view.element.querySelector("[role=status]");
  const spoken = [];
  new MutationObserver(() => spoken.push(status.textContent)).observe(status, { childList: true });
  const job = { stage: "timing blocks", total: 100, done: 5, seconds_left: 40 };
  for (const state of [{ job, steps: 0 }, { job, steps: 7 }, { steps: 0, paused: "unreachable" }, { job, steps: 9 }]) {
    view.show(state);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return [spoken, view.element.textContent];
}"""
FAILURES = """async () => {
  const { Api } = await import("/js/api.js");
  const [api, soon, endless] = [new Api(), { signal: AbortSignal.timeout(300) }, {}];
  endless.endless = endless;
  const calls = [api.get("/api/status", soon), api.get("/api/work"), api.post("/api/pair", endless)];
  return (await Promise.allSettled(calls)).map(({ reason }) => reason?.name);
}"""


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_tab_fits_a_phone_and_names_its_controls(visit: Any, scheme: str) -> None:
    visiting = visit(color_scheme=scheme)
    visiting.open()
    for tab in TABS:
        visiting.page.click(f"#tab-{tab}")
        visiting.page.wait_for_timeout(500)
        visiting.shot(f"{tab}-first-{scheme}")
        assert not visiting.page.evaluate(OVERFLOW), tab
        assert visiting.page.evaluate(UNNAMED) == [], tab
        assert visiting.page.evaluate(SMALL) == [], tab
    assert visiting.errors == []


@pytest.mark.slow
def test_tabs_are_walked_by_keyboard(visit: Any) -> None:
    visiting = visit()
    visiting.open()
    visiting.page.focus("#tab-match")
    for key, wanted in (("ArrowRight", "live"), ("End", "fit"), ("ArrowRight", "match"), ("ArrowLeft", "fit")):
        visiting.page.keyboard.press(key)
        assert visiting.page.evaluate("document.activeElement.id") == f"tab-{wanted}"
        assert visiting.page.get_attribute(f"#tab-{wanted}", "aria-selected") == "true"
        visiting.page.wait_for_selector(f"#panel[aria-labelledby=tab-{wanted}]")


@pytest.mark.slow
def test_the_code_in_the_address_pairs_and_leaves_the_address(visit: Any) -> None:
    visiting = visit()
    visiting.go(f"/#code={visiting.site.pairing.code}")
    assert "code" not in visiting.page.url
    assert visiting.words("#connection") == "connected"


@pytest.mark.slow
def test_a_fit_tab_opened_before_the_code_arrived_goes_on(visit: Any) -> None:
    visiting = visit()
    underway: list[Any] = []
    visiting.page.route("**/api/pair", lambda route: underway.append(route))
    visiting.page.goto(f"{visiting.site.address}/#code={visiting.site.pairing.code}")
    visiting.page.click("#tab-fit")
    visiting.page.wait_for_selector(".pairing input")
    for _ in range(500):
        if not underway:
            visiting.page.wait_for_timeout(20)
    underway[0].continue_()
    visiting.page.get_by_role("button", name="Fit to this device").wait_for()
    assert visiting.errors == []


@pytest.mark.slow
def test_a_device_that_is_not_paired_is_led_to_the_code(visit: Any) -> None:
    visiting = visit()
    visiting.go("/")
    assert visiting.words("#connection") == "not paired"
    assert "Pair this device" in visiting.words(".answer")
    visiting.page.click("#connection")
    visiting.page.wait_for_selector(".pairing input")
    visiting.shot("not-paired")
    visiting.page.route("**/api/status", unpaired)
    pair(visiting)
    alarm = visiting.page.get_by_role("alert")
    expect(alarm).to_contain_text("did not keep that")
    visiting.page.wait_for_timeout(6500)  # longer than a note
    expect(alarm).to_contain_text("did not keep that")
    visiting.page.click(".pairing p")
    expect(alarm).to_have_text("")
    assert visiting.page.evaluate(LIVE_REGIONS) == [["message", "status", "block"], ["alarm", "alert", "block"]]
    visiting.page.unroute("**/api/status")
    pair(visiting)
    expect(visiting.page.locator("#connection")).to_have_text("connected")
    visiting.page.get_by_role("button", name="Fit to this device").wait_for()
    visiting.page.click("#tab-match")
    expect(visiting.page.locator(".answer")).to_have_text("Choose two photos. They stay here.")
    assert visiting.errors == []


def unpaired(route: Any) -> None:
    """As if the browser had kept no cookie."""
    route.fulfill(json={"paired": False, "purpose": "fit", "job": None})


def unanswered(route: Any) -> None: ...


def pair(visiting: Visit) -> None:
    visiting.page.get_by_label("Code").fill(visiting.site.pairing.code)
    visiting.page.get_by_role("button", name="Pair", exact=True).click()


@pytest.mark.slow
def test_a_computer_that_does_not_answer_is_out_of_reach_and_mistakes_are_not(visit: Any) -> None:
    visiting = visit()
    visiting.page.route("**/api/status", unanswered)
    visiting.open()
    expect(visiting.page.locator("#connection")).to_have_text("works offline", timeout=10_000)
    assert visiting.words(".answer") == "Choose two photos. They stay here."  # the networks came meanwhile
    assert visiting.page.evaluate(SPOKEN) == [
        ["timing blocks", "the computer is out of reach; trying again", "timing blocks"],
        "timing blocks14 %, 40 s left",
    ]
    assert visiting.page.evaluate(FAILURES) == ["Unreachable", "ApiError", "TypeError"]
    visiting.page.click("#tab-fit")
    expect(visiting.page.get_by_text("Asking the computer")).to_be_visible()
    visiting.page.click("#tab-match")
    visiting.page.wait_for_timeout(5000)  # what Fit asked has failed by now
    assert visiting.page.locator("#panel > *").count() == visiting.page.locator("#panel > .match").count() == 1
    visiting.page.unroute("**/api/status")
    visiting.page.click("#connection")
    expect(visiting.page.locator("#connection")).to_have_text("connected")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("removal", "words"),
    [
        ("delete globalThis.WebAssembly", "no WebAssembly"),
        ("WebAssembly.validate = () => false", "no SIMD"),
        ("delete globalThis.OffscreenCanvas", "cannot read images"),
        ("delete CanvasRenderingContext2D.prototype.roundRect; CSS.supports = () => false", "round corners"),
        ("CSS.supports = () => false", "how high"),
    ],
)
def test_an_old_browser_is_told_what_it_lacks(visit: Any, removal: str, words: str) -> None:
    visiting = visit()
    visiting.page.add_init_script(removal)
    visiting.go("/")
    assert words in visiting.words("[role=alert]") and "too old" in visiting.words("[role=alert]")
    visiting.shot("old-browser")
