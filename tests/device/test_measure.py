"""Profiling a device, on one whose latencies are known exactly."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from facefit.device import Plan, profile_device
from facefit.errors import InputError
from facefit.space import Layer, SearchSpace
from facefit.space.population import decode, sample


def affine(layers: Sequence[Layer], alone_ms: Sequence[float]) -> float:
    return 1.25 * sum(alone_ms) + 0.3


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.mark.parametrize(("slow_form", "chosen"), [("plain", "split"), ("split", "plain")])
def test_predicts_networks_and_chooses_the_faster_form(
    small_space: SearchSpace,
    short_plan: Plan,
    described_models: Any,
    rule_backend: Callable[..., Any],
    slow_form: str,
    chosen: str,
) -> None:
    backend = rule_backend(small_space, affine, slow_form)
    profile = profile_device(small_space, backend, rng=rng(), plan=short_plan, models=described_models)
    assert profile.depthwise7 == chosen
    assert profile.depthwise7_ms[slow_form] == pytest.approx(2 * profile.depthwise7_ms[chosen])  # type: ignore[index]
    assert profile.error_p90_percent < 1e-6
    assert profile.spread_median_percent == 0.0
    assert profile.reference_ms == 4.0
    genes = sample(small_space, 50, rng())
    predicted = profile.latency(small_space).of(genes)
    expected = [backend.network_ms(subnet, chosen) for subnet in decode(small_space, genes)]
    assert predicted == pytest.approx(expected)


def test_held_out_error_shows_what_the_fit_cannot_follow(
    small_space: SearchSpace, short_plan: Plan, described_models: Any, rule_backend: Callable[..., Any]
) -> None:
    noise = np.random.default_rng(1)
    backend = rule_backend(small_space, lambda layers, ms: sum(ms) * float(noise.uniform(0.8, 1.2)))
    profile = profile_device(small_space, backend, rng=rng(), plan=short_plan, models=described_models)
    assert 2.0 < profile.error_median_percent <= profile.error_p90_percent < 60.0


def test_an_interrupted_profile_goes_on_from_its_finished_rounds(
    small_space: SearchSpace, short_plan: Plan, described_models: Any, rule_backend: Callable[..., Any], tmp_path: Path
) -> None:
    partial = tmp_path / "rule.part"
    backend = rule_backend(small_space, affine)
    backend.interrupt_at = 2  # after the forms and the first of two rounds
    with pytest.raises(KeyboardInterrupt):
        profile_device(small_space, backend, rng=rng(), plan=short_plan, models=described_models, partial=partial)
    assert partial.exists()
    backend.interrupt_at = None
    steps: list[tuple[int, int]] = []
    resumed = profile_device(
        small_space,
        backend,
        rng=np.random.default_rng(5),
        plan=short_plan,
        models=described_models,
        partial=partial,
        progress=lambda done, total: steps.append((done, total)),
    )
    assert len(backend.timed) == 3
    assert backend.timed[1] == backend.timed[2]
    assert steps[-1][0] == steps[-1][1]
    assert resumed.error_p90_percent < 1e-6
    assert [path.name for path in tmp_path.iterdir()] == ["rule.part"]  # until the profile is saved


def test_a_profile_that_breaks_off_in_its_first_round_keeps_what_the_forms_said(
    small_space: SearchSpace, short_plan: Plan, described_models: Any, rule_backend: Callable[..., Any], tmp_path: Path
) -> None:
    """And so the next call is for the first round, whose portions a distant device has kept."""
    partial, backend = tmp_path / "rule.part", rule_backend(small_space, affine)
    backend.interrupt_at = 1
    with pytest.raises(KeyboardInterrupt):
        profile_device(small_space, backend, rng=rng(), plan=short_plan, models=described_models, partial=partial)
    backend.interrupt_at, compared = None, backend.timed[0]
    profile_device(small_space, backend, rng=rng(), plan=short_plan, models=described_models, partial=partial)
    assert backend.timed.count(compared) == 1


def test_rounds_of_another_device_are_not_used(
    small_space: SearchSpace, short_plan: Plan, described_models: Any, rule_backend: Callable[..., Any], tmp_path: Path
) -> None:
    partial = tmp_path / "rule.part"
    backend = rule_backend(small_space, affine)
    backend.interrupt_at = 2
    with pytest.raises(KeyboardInterrupt):
        profile_device(small_space, backend, rng=rng(), plan=short_plan, models=described_models, partial=partial)
    other = rule_backend(small_space, affine)
    identity = other.identity()
    other.identity = lambda: type(identity)("another", "fake", "1", 1)
    profile_device(small_space, other, rng=rng(), plan=short_plan, models=described_models, partial=partial)
    assert len(other.timed) == 3


def test_a_space_without_7x7_needs_no_comparison(
    short_plan: Plan, described_models: Any, rule_backend: Callable[..., Any], small_space: SearchSpace
) -> None:
    space = replace(small_space, kernels=(3, 5))
    backend = rule_backend(space, affine)
    profile = profile_device(space, backend, rng=rng(), plan=short_plan, models=described_models)
    assert profile.depthwise7 == "plain"
    assert len(backend.timed) == short_plan.rounds
    assert profile.error_p90_percent < 1e-6


@pytest.mark.parametrize("wrong", [{"networks": 7}, {"held_out": 0}, {"rounds": 0}])
def test_a_plan_needs_enough(wrong: dict[str, int]) -> None:
    with pytest.raises(InputError, match="expected at least"):
        Plan(**wrong)  # type: ignore[arg-type]
