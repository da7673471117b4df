"""Benchmarks of labelling and of searching, tiny."""

from __future__ import annotations

import json
import runpy
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from bundles import noise_faces, write_bundle
from device_profiles import made_up_profile
from spaces import tiny_space

from facefit.device import Timing
from facefit.fit.retiming import REFERENCE
from facefit.graph import LoadedModel

pytestmark = pytest.mark.slow

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
Script = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_bundle(tmp_path_factory.mktemp("bundle"))


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Script:
    """Runs a benchmark in this process, on noise instead of FER+; the last line of what it prints."""
    monkeypatch.syspath_prepend(BENCHMARKS)
    monkeypatch.setattr("facefit.faces.ferplus.load_ferplus", lambda *_: noise_faces(60, 32, 0))

    def run(name: str, *arguments: object) -> dict[str, Any]:
        monkeypatch.setattr(sys, "argv", [name, *map(str, arguments)])
        runpy.run_path(str(BENCHMARKS / name), run_name="__main__")
        facts: dict[str, Any] = json.loads(capfd.readouterr().out.splitlines()[-1])
        return facts

    return run


def test_labels_are_the_same_one_by_one_and_the_benchmark_goes_on(script: Script, bundle: Path, tmp_path: Path) -> None:
    records = tmp_path / "records.json"
    arguments = ("labels.py", "--data", tmp_path, "--bundle", bundle, "--subnets", 20, "--chunk", 8)
    photos = ("--calibration", 20, "--images", 30, "--records", records)
    sampled = script(*arguments, *photos, "--one-by-one", 6)
    assert sampled["same_numbers"] and (sampled["subnets"], sampled["one_by_one_measured"]) == (20, 6)
    low, high = sampled["times_faster_interval"]
    assert low < sampled["times_faster"] < high
    chunks = json.loads(records.read_text())
    # As if it had stopped after the first chunk: that one is not measured again.
    first = chunks["chunks"][0] | {"shared_seconds": 1e6}
    records.write_text(json.dumps(chunks | {"chunks": [first]}))
    again = script(*arguments, *photos, "--one-by-one", 6)
    assert again["shared_seconds"] > 1e6 and (again["subnets"], again["one_by_one_measured"]) == (20, 6)
    with pytest.raises(SystemExit, match="name another file"):
        script(*arguments, *photos, "--one-by-one", 7)
    everyone = script(*arguments, *photos[:4], "--plan", "uniform")
    assert everyone["one_by_one_measured"] == 20 and everyone["same_numbers"]
    assert everyone["times_faster_interval"] == pytest.approx([everyone["times_faster"]] * 2)


def test_searches_are_timed_with_and_without_loading(script: Script, bundle: Path, tmp_path: Path) -> None:
    profile = tmp_path / "profile.json"
    made_up_profile(tiny_space()).save(profile)
    arguments = ("--profile", profile, "--bundle", bundle, "--limits", "0.9x", "--seeds", 2, "--processes", 1)
    told = script("search.py", *arguments)
    (row,) = told["searches"]
    assert told["same_seed_same_subnet"] and row["predicted_ms_max"] <= row["limit_ms"]
    assert row["process"]["least"] <= row["process"]["median"] <= row["process"]["most"]
    assert row["process"]["least"] > row["seconds"]["least"]
    assert told["front_process"]["least"] > 0 and told["front_within_process"]["least"] > 0


def test_the_front_is_of_what_a_fit_hands_over(
    script: Script, bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    profile, limit, times = made_up_profile(tiny_space()), "0.9x", []

    def time(backend: object, models: Mapping[str, bytes], rng: object, **_: object) -> dict[str, Timing]:
        times.append(dict(models))
        # The first network was lucky; later, where all are in the same bursts, the machine is slower.
        ms = {0: 17.0, 1: 19.0, 3: 20.0}.get(len(times) - 1, 18.0)
        return {name: Timing((20.0 if name == REFERENCE else ms,) * 3) for name in models}

    profile.save(tmp_path / "profile.json")
    for name in ("facefit.fit.retiming.time_rounds", "facefit.device.time_rounds"):
        monkeypatch.setattr(name, time)
    monkeypatch.setattr("facefit.evaluation.load_protocol", lambda *_, size, classes: noise_faces(40, size, 3))
    given = ("--data", tmp_path, "--profile", tmp_path / "profile.json", "--bundle", bundle, "--limits", limit)
    told = script("front.py", *given, "--figure", tmp_path / "front.svg")
    (row,) = told["rows"]
    assert len(times) == 4 and (told["n"], told["efficientnet_b0_ms"]) == (40, 20.0)
    assert row["limit_kept"] and row["fit_ms"] == 18.0 and row["fit_ratio_to_efficientnet_b0"] == 0.9
    assert row["measured_ms"] == 20.0 and row["ratio_to_efficientnet_b0"] == 1 and not row["limit_kept_later"]
    assert row["limit_ms"] == pytest.approx(18.0) and row["searches"] == 1
    network = graph_answers(times[3][limit])
    assert network == graph_answers(times[2]["1"]) != graph_answers(times[1]["0"])  # the one that kept it twice
    assert row["size_bytes"] == len(times[3][limit]) and (tmp_path / "front.svg").stat().st_size > 0
    (tmp_path / "other.tflite").write_bytes(times[3][limit])
    times.clear()
    told = script("front.py", *given, "--beside", tmp_path / "other.tflite", "--figure", tmp_path / "front.svg")
    (other,) = told["beside"]
    assert len(times[3]) == 3 and other["measured_ms"] == 20.0  # in the same bursts as the row and EfficientNet-B0
    assert (other["accuracy"], other["interval"]) == (row["accuracy"], row["interval"])


def graph_answers(file: bytes) -> list[float]:
    """What a network says to one image."""
    model = LoadedModel(file)
    (shape,) = model.input_shapes.values()
    answer: list[float] = model.run(image=np.full(shape, 90, np.float32))["probabilities"].ravel().tolist()
    return answer
