"""A real, tiny profile of this machine."""

from __future__ import annotations

import os
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facefit.device import LocalBackend, Plan, Protocol, profile_device
from facefit.device.circumstances import RECORDED, circumstances, ranges
from facefit.errors import ArtifactError, InputError
from facefit.space import SearchSpace


def test_profiles_this_machine(short_plan: Plan, small_space: SearchSpace) -> None:
    space = replace(small_space, resolutions=(32,))
    profile = profile_device(space, LocalBackend(threads=1), rng=np.random.default_rng(0), plan=short_plan)
    assert profile.identity.runtime == "litert-xnnpack"
    assert profile.identity.threads == 1
    assert all(entry.ms > 0 for entry in profile.entries.values())
    # The machine may be busy with other tests, so only what no noise can turn round is claimed.
    assert profile.predict_ms(space, space.largest) > profile.predict_ms(space, space.smallest) > 0
    assert profile.reference_ms > 0
    assert profile.seconds < 30


def test_records_affinity_governor_and_load() -> None:
    allowed = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, {min(allowed)})
        details = LocalBackend().identity().details
    finally:
        os.sched_setaffinity(0, allowed)
    assert set(RECORDED) <= details.keys()
    assert details["affinity"] == f"CPU {min(allowed)}, 1 of {os.cpu_count()}"
    assert float(details["load_1_minute"]) >= 0


def test_governors_of_the_processors_in_use(tmp_path: Path) -> None:
    assert circumstances(tmp_path)["governor"] == "not readable here"
    for cpu, name in enumerate(("performance", "performance", "powersave")):
        folder = tmp_path / f"cpu{cpu}" / "cpufreq"
        folder.mkdir(parents=True)
        (folder / "scaling_governor").write_text(f"{name}\n")
    assert circumstances(tmp_path, (0, 1))["governor"] == "performance"
    assert circumstances(tmp_path, (0, 1, 2))["governor"] == "CPU 0-1 performance, CPU 2 powersave"
    assert circumstances(tmp_path, (2, 3))["governor"] == "CPU 2 powersave, CPU 3 not readable here"


@given(st.sets(st.integers(0, 40), min_size=1))
def test_ranges_name_every_number_once(numbers: set[int]) -> None:
    spelled = [part.split("-") for part in ranges(sorted(numbers)).split(",")]
    assert {n for part in spelled for n in range(int(part[0]), int(part[-1]) + 1)} == numbers
    assert all(int(b[0]) > int(a[-1]) + 1 for a, b in pairwise(spelled))


def test_refuses_what_it_cannot_run() -> None:
    with pytest.raises(InputError, match="expected 1 to"):
        LocalBackend(threads=0)
    with pytest.raises(ArtifactError, match="broken"):
        LocalBackend().time({"broken": b"no model"}, Protocol(passes=1), np.random.default_rng(0))
