"""A headless Chromium, and pages of the app in it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from playwright.sync_api import Browser, Error, Page, Request, ViewportSize, sync_playwright

from facefit.app.browser import BrowserBackend
from facefit.app.hosting import Hosting
from facefit.app.measuring import Measuring
from facefit.device import Portions

VIEWPORT: ViewportSize = {"width": 412, "height": 839}


@contextmanager
def headless_chromium() -> Iterator[Browser]:
    """The machine's own Chromium, without a window."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        yield chromium
        chromium.close()


@contextmanager
def serving_page(chromium: Browser, folder: Path) -> Iterator[BrowserBackend]:
    """A page that times whatever it is given, as in `facefit profile --browser`."""
    measuring, hosting = Measuring(), Hosting(folder, "127.0.0.1", 0)
    with hosting.running(measuring, lambda line: None) as (invitation, pairing), measuring.measured():
        page, _ = opened(chromium, invitation.address(pairing.code))
        page.click("#tab-fit")
        yield BrowserBackend(measuring.desk, Portions())
        page.context.close()


def opened(chromium: Browser, address: str) -> tuple[Page, list[int]]:
    """A paired page, and the bytes of every answer as they came over the wire, which grow."""
    page = chromium.new_context(viewport=VIEWPORT).new_page()
    wire = wire_bytes(page)
    page.goto(address)
    while not page.evaluate("fetch('/api/status').then((r) => r.json()).then((s) => s.paired)"):
        page.wait_for_timeout(50)
    page.wait_for_timeout(1000)  # until the page has shown its first tab
    return page, wire


def wire_bytes(page: Page) -> list[int]:
    """Bytes of every answer as they came over the wire, those of workers too; grows."""
    sizes: list[int] = []

    def note(request: Request) -> None:
        with suppress(Error):  # the page was closed before its last answer was told of
            answer = request.sizes()
            sizes.append(answer["responseBodySize"] + answer["responseHeadersSize"])

    page.context.on("requestfinished", note)
    return sizes
