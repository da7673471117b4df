"""The tab Live: a fake camera that shows photos, one that is refused, none at all."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from page_photos import camera_film, people
from page_visit import no_photo_leaves
from playwright.sync_api import expect

FAKE = "--use-fake-device-for-media-stream"
GRANTED = "--use-fake-ui-for-media-stream"
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
