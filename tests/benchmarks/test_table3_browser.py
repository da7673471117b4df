"""Profiles of a page are judged in a page of this machine's Chromium."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from chromium import CHROMIUM, WITHOUT
from device_profiles import made_up_profile
from headless import headless_chromium, serving_page
from spaces import tiny_space
from table3_browser import backends_of_here

from facefit.device import reference_model, time_rounds

pytestmark = [pytest.mark.slow, pytest.mark.skipif(CHROMIUM is None, reason=WITHOUT)]

BOARD = made_up_profile(tiny_space())


def test_a_page_times_for_profiles_of_its_own_browser_alone(tmp_path: Path) -> None:
    with headless_chromium() as browser, serving_page(browser, tmp_path) as page:
        own = replace(BOARD, identity=page.identity())
    older = replace(BOARD, identity=replace(own.identity, runtime_version="2 relaxed-simd, Chrome 100"))
    rng = np.random.default_rng(0)
    models = {"small": reference_model(32, rng), "large": reference_model(64, rng)}
    with backends_of_here([BOARD, own, older]) as backend_of:
        assert backend_of(BOARD) is None and backend_of(older) is None
        backend = backend_of(own)
        assert backend is not None
        timings = time_rounds(backend, models, rng, rounds=2, at_least_s=0)
    assert 0 < timings["small"].ms < timings["large"].ms


def test_no_browser_is_started_for_other_devices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("table3_browser.headless_chromium", lambda: pytest.fail("started"))
    with backends_of_here([BOARD]) as backend_of:
        assert backend_of(BOARD) is None
