"""How long judging took is told, to people and to scripts."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
from calls import Call
from made_up_lfw import write_lfw

from facefit.cli.identity_lines import time_line
from facefit.graph import export, random_network
from facefit.space import ofa_mbv3


def test_the_time_is_in_lines_and_in_json(call: Call, tmp_path: Path) -> None:
    space, (photos, detections) = ofa_mbv3(width=0.35, resolutions=(32,)), write_lfw(tmp_path)
    export(random_network(space, space.smallest, np.random.default_rng(0)), tmp_path / "face.tflite")
    order = ("evaluate", tmp_path / "face.tflite", "--data", photos, "--detections", detections)
    started = time.perf_counter()
    facts = call(*order, "--protocol", "lfw-596", "--json").json
    assert 0 < facts["seconds"] < time.perf_counter() - started
    assert call(*order, "--protocol", "lfw-pairs").out.splitlines()[-1].startswith("took ")


def test_long_times_are_told_in_minutes() -> None:
    assert time_line(12.34) == "took 12.3 s" and time_line(150.0) == "took 2.5 min"
