"""The page without the computer, and how much it loads."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from page_photos import people
from page_visit import Site
from starlette.testclient import TestClient
from test_match_tab import choose

from facefit.app.site_files import SITE

LARGEST_FIRST_USE_BYTES = 8_000_000


@pytest.fixture
def own_site(tmp_path: Path, networks_folder: Path) -> Iterator[Site]:
    """One that a test may stop."""
    site = Site(tmp_path, networks_folder)
    yield site
    site.stop()


@pytest.mark.slow
def test_the_service_worker_knows_all_files_of_the_page(own_site: Site) -> None:
    client = TestClient(own_site.counted)
    first = client.get("/service-worker.js").text.splitlines()[0]
    shell = json.loads(first.removeprefix("const SHELL = ").removesuffix(";"))
    scripts = {f"/{path.relative_to(SITE)}" for path in SITE.rglob("*.js")} - {"/service-worker.js"}
    assert scripts < set(shell["files"])
    for file in shell["files"]:
        assert client.get(file).status_code == 200, file


@pytest.mark.slow
@pytest.mark.real_data
def test_the_first_use_of_a_tab_is_light_and_the_second_needs_no_computer(
    visit: Any, own_site: Site, lfw: Path
) -> None:
    ((one, two),) = people(lfw, 1, 2)
    visiting = visit(to=own_site)
    visiting.open()
    online = choose(visiting, one, two)
    sent = own_site.counted.sent_bytes
    print(f"first use of the tab Match: {sent / 1e6:.2f} MB over the wire")
    assert 4_000_000 < sent <= LARGEST_FIRST_USE_BYTES

    own_site.stop()
    visiting.page.reload()
    visiting.page.wait_for_selector("body[data-ready]", timeout=60_000)
    assert visiting.words("#connection") == "works offline"
    assert choose(visiting, one, two) == online
    visiting.shot("offline")
    visiting.page.click("#tab-live")
    visiting.page.wait_for_selector("#expression-network option", state="attached")
    visiting.page.click("#tab-fit")
    visiting.page.wait_for_selector("text=out of reach")
    assert visiting.errors == []


@pytest.mark.slow
def test_the_page_can_be_installed(visit: Any) -> None:
    visiting = visit()
    visiting.open()
    session = visiting.context.new_cdp_session(visiting.page)
    assert session.send("Page.getAppManifest")["errors"] == []
    problems = session.send("Page.getInstallabilityErrors")["installabilityErrors"]
    assert [problem["errorId"] for problem in problems if problem["errorId"] != "in-incognito"] == []
    visiting.page.evaluate("() => { document.body.dataset.old = 'yes' }")
    session.send("Page.reload", {"ignoreCache": True})  # past the service worker, as with the shift key
    visiting.page.wait_for_selector("body[data-ready]:not([data-old])", timeout=18_000)  # it would wait for 20 s
    assert visiting.page.evaluate("navigator.serviceWorker.controller") is None
