"""The page in a real Chromium, from a real server."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from chromium import CHROMIUM, WITHOUT
from page_visit import Site, Visit
from PIL import Image
from playwright.sync_api import sync_playwright


@pytest.fixture(scope="session")
def networks_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Networks are made once for all servers."""
    return tmp_path_factory.mktemp("networks")


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory, networks_folder: Path) -> Iterator[Site]:
    site = Site(tmp_path_factory.mktemp("site"), networks_folder)
    yield site
    site.stop()


Visitor = Callable[..., Any]


@pytest.fixture(scope="module")
def browsers() -> Iterator[Callable[..., Any]]:
    """Starts a browser with further arguments, once for each."""
    if CHROMIUM is None:
        pytest.skip(WITHOUT)
    with sync_playwright() as running:
        launched: dict[tuple[str, ...], Any] = {}

        def launch(*arguments: str) -> tuple[Any, dict[str, Any]]:
            if arguments not in launched:
                launched[arguments] = running.chromium.launch(
                    executable_path=CHROMIUM, args=["--no-sandbox", *arguments]
                )
            phone = {k: v for k, v in running.devices["Pixel 7"].items() if k != "default_browser_type"}
            return launched[arguments], phone

        yield launch
        for browser in launched.values():
            browser.close()


@pytest.fixture(scope="module")
def visit(browsers: Callable[..., Any], site: Site) -> Iterator[Visitor]:
    """Opens a visit: `visit(*browser_arguments, **context_options)`, to another site with `to`."""
    contexts = []

    def begin(*arguments: str, to: Site = site, **options: Any) -> Visit:
        browser, phone = browsers(*arguments)
        contexts.append(browser.new_context(**(phone | options)))
        return Visit(contexts[-1], to)

    yield begin
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def lfw() -> Path:
    folder = Path(os.environ.get("FACEFIT_DATA", "none")) / "lfw"
    if not folder.is_dir():
        pytest.skip("FACEFIT_DATA names no folder with lfw/ in it: no photos of faces here")
    return folder


@pytest.fixture
def grey(tmp_path: Path) -> Path:
    file = tmp_path / "grey.png"
    Image.new("RGB", (320, 240), (120, 120, 120)).save(file)
    return file
