"""The tab Live: a fake camera that shows photos, one that is refused, none at all."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from chromium import until
from page_photos import camera_film, people
from page_visit import no_photo_leaves
from playwright.sync_api import expect

FAKE = "--use-fake-device-for-media-stream"
GRANTED = "--use-fake-ui-for-media-stream"
OBSERVED = """
window.tracks = [];
window.held = null;
window.play = null;
const [open, show] = [navigator.mediaDevices.getUserMedia, HTMLMediaElement.prototype.play];
navigator.mediaDevices.getUserMedia = async (wanted) => {
  const stream = await open.call(navigator.mediaDevices, wanted);
  tracks.push(...stream.getTracks());
  await held?.promise;
  return stream;
};
HTMLMediaElement.prototype.play = function () {
  return play ? play() : show.call(this);
};"""
"""The camera's tracks are noted, and where a test says so the page waits for them or gets no picture."""
LEAST_FRAMES_PER_SECOND = 0.1
"""Enough to see that it runs, on a machine that is busy; how fast it is, `benchmarks/app_live.py` tells."""


def start(visiting: Any) -> None:
    visiting.page.get_by_role("button", name="Start the camera").click()


@pytest.mark.slow
@pytest.mark.real_data
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_expressions_of_a_face_are_read(visit: Any, lfw: Path, tmp_path_factory: Any, scheme: str) -> None:
    film = camera_film([person[0] for person in people(lfw, 3, 1)], tmp_path_factory.mktemp("film") / "film.mjpeg")
    visiting = visit(FAKE, GRANTED, f"--use-file-for-fake-video-capture={film}", color_scheme=scheme)
    visiting.open("live")
    visiting.shot(f"live-empty-{scheme}")
    with no_photo_leaves(visiting):
        start(visiting)
        expect(visiting.page.locator(".probabilities .likeliest")).to_be_visible(timeout=120_000)
        visiting.page.wait_for_timeout(4000)
        visiting.shot(f"live-{scheme}")
    shares = [
        int(text.removesuffix(" %")) for text in visiting.page.locator(".probabilities .number").all_inner_texts()
    ]
    assert len(shares) == 8 and 94 <= sum(shares) <= 106
    frames, *steps = visiting.page.locator(".times dd").all_inner_texts()
    assert float(frames) > LEAST_FRAMES_PER_SECOND
    assert all(float(step.removesuffix(" ms")) > 0 for step in steps) and len(steps) == 3
    visiting.page.get_by_role("button", name="Stop").click()
    expect(visiting.page.get_by_role("button", name="Start the camera")).to_be_enabled()
    assert visiting.page.evaluate("document.querySelector('video').srcObject") is None
    assert visiting.errors == []


@pytest.mark.slow
def test_no_camera_stays_on_that_nobody_sees(visit: Any) -> None:
    visiting = visit(FAKE, GRANTED)
    visiting.page.add_init_script(OBSERVED)
    visiting.open("live")
    page, words = visiting.page, visiting.page.locator(".view .invitation p")
    page.evaluate("() => { window.held = Promise.withResolvers() }")
    start(visiting)
    until(page, "tracks.length === 1", 120)  # the camera is on, the page has not been told
    page.click("#tab-match")
    page.evaluate("held.resolve()")
    until(page, "tracks[0].readyState === 'ended'")

    page.click("#tab-live")
    page.evaluate("() => { window.play = () => Promise.reject(new DOMException('no picture', 'AbortError')) }")
    start(visiting)
    expect(words).to_contain_text("does not start (no picture)", timeout=60_000)
    assert page.evaluate("tracks[1].readyState") == "ended"

    page.evaluate("() => { window.play = null }")
    start(visiting)
    expect(page.get_by_role("button", name="Stop")).to_be_visible(timeout=60_000)
    assert page.evaluate("tracks[2].readyState") == "live"
    page.evaluate("tracks[2].dispatchEvent(new Event('ended'))")
    expect(words).to_contain_text("The camera was switched off")
    assert page.evaluate("tracks[2].readyState") == "ended"
    assert visiting.errors == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "words"),
    [((FAKE, "--deny-permission-prompts"), "not allowed"), ((GRANTED,), "no camera")],
    ids=["refused", "none"],
)
def test_a_camera_that_cannot_be_had_is_told_in_words(visit: Any, arguments: tuple[str, ...], words: str) -> None:
    visiting = visit(*arguments)
    visiting.open("live")
    start(visiting)
    expect(visiting.page.locator(".view .invitation p")).to_have_text(re.compile(words), timeout=120_000)
    visiting.shot(f"live-camera-{words.replace(' ', '-')}")
    assert visiting.page.get_by_role("button", name="Start the camera").is_enabled()
    assert visiting.errors == []
