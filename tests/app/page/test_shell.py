"""The frame of the page: tabs by keyboard, names for screen readers, room on a phone, words for old browsers."""

from __future__ import annotations

from typing import Any

import pytest

TABS = ("match", "live", "measure", "fit")
OVERFLOW = """[document.documentElement, document.querySelector("#panel")].some(
  (element) => element.scrollWidth > innerWidth)"""
UNNAMED = """[...document.querySelectorAll("button, input, select, [role=tab], img")].filter((element) =>
  element.checkVisibility() && !(element.ariaLabel || element.textContent.trim() || element.labels?.length ||
  element.hasAttribute("alt"))).map((element) => element.outerHTML)"""
SMALL = """[...document.querySelectorAll("button, select, .choice, .slot")].filter((element) =>
  element.checkVisibility() && element.getBoundingClientRect().height < 40).map((element) => element.outerHTML)"""


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
def test_a_device_that_is_not_paired_is_led_to_the_code(visit: Any) -> None:
    visiting = visit()
    visiting.go("/")
    assert visiting.words("#connection") == "not paired"
    assert "Pair this device" in visiting.words(".answer")
    visiting.page.click("#connection")
    visiting.page.wait_for_selector(".pairing input")
    visiting.shot("not-paired")
    assert visiting.errors == []


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
