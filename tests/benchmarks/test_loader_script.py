"""Rates of reading and of training, and what share of a limit they are."""

from __future__ import annotations

from pathlib import Path

import pytest
from calls import Call

pytestmark = pytest.mark.slow


def test_each_phase_is_set_beside_the_peak(script: Call, ferplus: Path, small_recipe: Path) -> None:
    order = ("loader.py", "--data", ferplus, "--recipe", small_recipe, "--images", 64, "--steps", 2, "--workers", 0)
    done = script(*order, "--peak-tflops", 0.5)
    assert done.code == 0, done
    assert done.json["loader_images_a_second"].keys() == {"shards, 0 workers", "files, 0 workers", "memory"}
    (phase,) = done.json["training"]
    assert phase["tflops"] == pytest.approx(2 * phase["mmac_per_image"] * phase["images_a_second"] / 1e6)
    assert phase["share_of_peak"] == pytest.approx(phase["tflops"] / 0.5) and phase["images_a_second"] > 0
    assert phase["shards_to_memory"] == pytest.approx(phase["images_a_second_from_shards"] / phase["images_a_second"])
    assert phase["images_a_second_from_shards"] > 0 and done.json["training_workers"] == 0
    few = script(*order, "--images", 8)
    assert few.code == 1 and "error: 8 images are fewer than one batch of 16" in few.err
