"""Measuring and fitting in a real Chromium."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from chromium import CHROMIUM, FIT_MS, WITHOUT, Host, chromium, hidden, opened, saved
from playwright.sync_api import Browser, Page, Request
from served import TINY_PLAN, Served

from facefit.app.headers import POLICY
from facefit.bundle import Bundle
from facefit.graph import LoadedModel

BROKEN = [b"", b"not a network", b"\x00\x00\x00\x00TFL3", b"\x1c\x00\x00\x00TFL3" + b"\xff" * 5000]
pytestmark = [pytest.mark.slow, pytest.mark.skipif(CHROMIUM is None, reason=WITHOUT)]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def host(tiny_supernets: dict[str, Bundle], tmp_path: Path) -> Iterator[Host]:
    """With enough measuring for a fit to real times on a busy machine."""
    plan = replace(TINY_PLAN, networks=20, protocol=replace(TINY_PLAN.protocol, passes=5))
    host = Host(Served(tiny_supernets, tmp_path, plan))
    yield host
    host.down()


@pytest.fixture
def page(browser: Browser, host: Host) -> Iterator[Page]:
    page = opened(browser, host)
    yield page
    page.context.close()


def fit(page: Page, task: str = "expression", limit: str = "1x") -> None:
    page.locator(f"input[name=task][value={task}]").check()
    page.locator("select[name=limit]").select_option(limit)
    page.get_by_role("button", name="Fit to this device").click()


def fitted(page: Page) -> None:
    """Waits for the end. A machine that others keep busy may give a table that makes no sense, or one by which
    everything is slower than EfficientNet-B0: then anew, with nothing of it. Whatever else goes wrong is told."""
    heading, alarm = page.get_by_role("heading", name="Fitted to this device"), page.locator("#alarm:not(:empty)")
    for _ in range(3):
        heading.or_(alarm).first.wait_for(timeout=FIT_MS)
        if heading.is_visible():
            return
        words = alarm.inner_text()
        assert "profile again" in words or "allow at least that" in words, words
        page.get_by_text("Forget what was measured before").click()
        page.get_by_role("button", name="Fit to this device").click()
        alarm.wait_for(state="hidden")
    raise AssertionError("the machine is too busy to time anything")


def portions(page: Page) -> list[str]:
    """Addresses of the portions that the page has answered so far; grows."""
    answered: list[str] = []

    def note(request: Request) -> None:
        if request.method == "POST" and "/api/work/" in request.url and not request.url.endswith("/progress"):
            answered.append(request.url)

    page.on("request", note)
    return answered


def test_fits_and_uses_the_network_at_once(page: Page, host: Host, tmp_path: Path) -> None:
    sent: list[Request] = []
    page.on("request", lambda request: sent.append(request))
    fit(page)
    fitted(page)
    saved(page, tmp_path, "fitted")
    assert page.locator("#message").inner_text() == page.locator("#alarm").inner_text() == ""
    page.click("#tab-measure")
    box = page.locator("input[name=pick][value=expression-fitted]")
    box.wait_for()
    assert box.is_checked()
    page.click("#tab-live")
    page.wait_for_selector(".live")
    assert page.get_by_label("Network").input_value() == "expression-fitted"
    for request in sent:
        assert request.url.startswith(host.address)
        assert request.method == "GET" or request.headers["content-type"] == "application/json"


def test_outputs_equal_those_of_python(page: Page, host: Host) -> None:
    """The same file, the same pixels: LiteRT.js and LiteRT agree."""
    outputs = page.evaluate(
        """async () => {
          const { Model } = await import("/js/runtime/runtime.js");
          const model = await Model.load("/api/models/expression-smallest");
          const size = model.inputShapes[0].reduce((a, b) => a * b, 1);
          const pixels = Float32Array.from({ length: size }, (_, i) => (i * 37) % 256);
          const outputs = await model.run([pixels]);
          return Object.fromEntries(outputs.map((values, i) => [model.outputNames[i], Array.from(values)]));
        }"""
    )
    (file,) = host.served.folder.glob("networks/expression-smallest-*.tflite")
    model = LoadedModel(file.read_bytes())
    (shape,) = model.input_shapes.values()
    size = int(shape[1] * shape[2] * shape[3])
    pixels = (np.arange(size) * 37 % 256).astype(np.float32).reshape(shape)
    expected = model.run(image=pixels)
    assert set(outputs) == set(expected)
    for name, values in expected.items():
        np.testing.assert_allclose(outputs[name], values.ravel(), atol=1e-5)


def test_goes_on_after_the_server_was_killed(page: Page, host: Host) -> None:
    answered = portions(page)
    fit(page)
    while not answered:
        page.wait_for_timeout(50)
    host.down()
    page.get_by_text("out of reach; trying again").wait_for(timeout=30_000)
    (kept,) = host.served.folder.glob("fits/*/*/profile.json.p*")
    before = json.loads(kept.read_text())["timings"]
    assert before
    host.restarted()
    fitted(page)
    assert host.served.told[-1].startswith("wrote")


def test_a_hidden_page_stops_and_goes_on(page: Page) -> None:
    answered = portions(page)
    fit(page)
    while not answered:
        page.wait_for_timeout(50)
    hidden(page, True)
    page.get_by_text("paused while this page is hidden").wait_for(timeout=30_000)
    count = len(answered)
    page.wait_for_timeout(1500)
    assert len(answered) == count
    hidden(page, False)
    fitted(page)
    assert len(answered) > count


def test_stopped_and_taken_up_again_after_a_reload(page: Page, host: Host) -> None:
    """Another task, and a limit on the file, which are remembered."""
    answered = portions(page)
    page.locator("summary").click()
    page.locator("input[name=max_megabytes]").fill("-1")
    fit(page, "identity")
    page.get_by_text("expected a number above 0").wait_for()
    page.locator("input[name=max_megabytes]").fill("0.5")
    fit(page, "identity")
    while not answered:
        page.wait_for_timeout(50)
    page.get_by_role("button", name="Stop").click()
    page.get_by_role("button", name="Go on with the fit").wait_for()
    page.reload()
    page.click("#tab-fit")
    fitted(page)  # the server still waits, so the page goes on by itself
    assert page.locator("input[name=task][value=identity]").is_checked()
    assert page.locator("input[name=max_megabytes]").input_value() == "0.5"
    page.get_by_text("Recognises people, for the tab Match.").wait_for()
    page.get_by_text("for Match, fitted to this device (1x)").wait_for()
    page.click("#tab-match")
    page.wait_for_selector(".match")
    assert page.get_by_label("Network").input_value() == "identity-fitted"
    assert page.locator(".threshold output").inner_text() == "0.42"
    page.click("#tab-live")
    page.wait_for_selector(".live")
    assert page.get_by_label("Network").input_value() == "expression-smallest"


def test_a_page_without_the_code(browser: Browser, host: Host) -> None:
    page = browser.new_page()
    page.goto(host.address)
    page.click("#tab-fit")
    page.get_by_label("Code").fill("AAAA-AAAA")
    page.get_by_role("button", name="Pair", exact=True).click()
    page.get_by_text("not the code that the computer shows").wait_for()
    page.get_by_label("Code").fill(host.served.pairing.code)
    page.get_by_role("button", name="Pair", exact=True).click()
    page.get_by_role("button", name="Fit to this device").wait_for()
    page.close()


def test_measures_and_shares(page: Page, host: Host, tmp_path: Path) -> None:
    page.click("#tab-measure")
    (file,) = host.served.folder.glob("networks/expression-smallest-*.tflite")
    (tmp_path / "mine.tflite").write_bytes(file.read_bytes())
    page.set_input_files("input[type=file]", tmp_path / "mine.tflite")
    page.locator("input[name=pick][value='mine.tflite']").wait_for()
    page.locator("select[name=seconds]").select_option("2")
    page.get_by_role("button", name="Measure", exact=True).last.click()
    page.locator("section.latency").nth(2).wait_for(timeout=60_000)
    saved(page, tmp_path, "measured")
    with page.expect_download() as download:
        page.get_by_role("button", name="Share as JSON").click()
    record = json.loads(Path(download.value.path()).read_text())
    assert record["runtime"] == "litert.js"
    assert [network["task"] for network in record["networks"]] == ["expression", "identity", None]
    for network in record["networks"]:
        assert network["runs"] == len(network["runs_ms"]) and 0 < network["minimum_ms"] <= network["mean_ms"]


@pytest.mark.parametrize(
    "content", [b"", b"not a network", b"\x00\x00\x00\x00TFL3", b"\x1c\x00\x00\x00TFL3" + b"\xff" * 5000]
)
def test_a_damaged_upload_is_told_and_harms_nothing(page: Page, tmp_path: Path, content: bytes) -> None:
    page.click("#tab-measure")
    (tmp_path / "broken.tflite").write_bytes(content)
    page.set_input_files("input[type=file]", tmp_path / "broken.tflite")
    page.get_by_text("broken.tflite").wait_for(timeout=60_000)
    assert page.locator("input[value='broken.tflite']").count() == 0
    assert page.evaluate("import('/js/runtime/runtime.js').then((m) => m.runtimeIdentity())")["name"] == "litert.js"


def test_the_page_cannot_reach_others(page: Page) -> None:
    assert "connect-src 'self'" in POLICY
    blocked = page.evaluate(
        "fetch('http://127.0.0.1:9/photo', {method: 'POST', body: 'photo'}).then(() => '', (e) => e.name)"
    )
    assert blocked == "TypeError"
    violated = page.evaluate(
        """() => new Promise((resolve) => {
          document.addEventListener("securitypolicyviolation", (e) => resolve(e.effectiveDirective), { once: true });
          fetch("https://example.org/photo", { method: "POST", body: "photo" }).catch(() => {});
        })"""
    )
    assert violated == "connect-src"
