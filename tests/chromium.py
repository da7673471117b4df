"""A real Chromium with a real server: who uses them skips where there is none."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright
from served import Served

from facefit.app.serving import bound_socket, serving

CHROMIUM = shutil.which("chromium")
WITHOUT = "no chromium here: install Debian's package 'chromium' to test the page"
FIT_MS = 240_000
"""A fit of the tiny space takes seconds; where others keep the machine busy, minutes."""


@contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


class Host:
    """`Served` behind a port that stays the same when the server is killed and started again."""

    def __init__(self, served: Served) -> None:
        self.served = served
        self.port = 0
        self.up()

    @property
    def address(self) -> str:
        return f"http://localhost:{self.port}"

    def up(self) -> None:
        listening = bound_socket("127.0.0.1", self.port)
        self.port = listening.getsockname()[1]
        self._context = serving(self.served.app, listening)
        self._context.__enter__()

    def down(self) -> None:
        """Stops listening and forgets all jobs, as a process that is killed does."""
        self._context.__exit__(None, None, None)
        self.served.fits.close()

    def restarted(self) -> None:
        self.served.start()
        self.up()


def opened(browser: Browser, host: Host) -> Page:
    """A paired page that shows the tab Fit."""
    page = browser.new_context(viewport={"width": 412, "height": 839}).new_page()
    page.goto(f"{host.address}/#code={host.served.pairing.code}")
    until(page, "fetch('/api/status').then((r) => r.json()).then((s) => s.paired)")
    page.click("#tab-fit")
    page.get_by_role("button", name="Fit to this device").wait_for()
    return page


def until(page: Page, expression: str, seconds: float = 60.0) -> None:
    """Waits for an expression to be true. The page's own policy forbids what Playwright would do for that."""
    end = time.monotonic() + seconds
    while not page.evaluate(expression):
        assert time.monotonic() < end, f"not true within {seconds} s: {expression}"
        page.wait_for_timeout(50)


def hidden(page: Page, is_hidden: bool) -> None:
    """What a page sees when another one covers it."""
    state = "hidden" if is_hidden else "visible"
    page.evaluate(
        """(state) => {
          Object.defineProperty(document, "visibilityState", { configurable: true, get: () => state });
          document.dispatchEvent(new Event("visibilitychange"));
        }""",
        state,
    )


def saved(page: Page, folder: Path, name: str) -> None:
    """A picture of the page, to be looked at."""
    page.screenshot(path=folder / f"{name}.png", full_page=True)
