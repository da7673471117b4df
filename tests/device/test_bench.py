"""Networks side by side."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from facefit.device import Identity, LocalBackend, Protocol, Timing, compare, reference_model, time_rounds
from facefit.device.bench import median_interval
from facefit.device.costs import count_costs
from facefit.device.timing import Progress
from facefit.errors import InputError
from facefit.graph import emit_tflite, layer_graph, network_graph, random_network
from facefit.space import ofa_mbv3


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


class Scripted:
    """A backend that gives `fast` half the latency of `slow`, both drifting from call to call."""

    def __init__(self) -> None:
        self.calls = 0
        self.together: list[list[str]] = []

    def identity(self) -> Identity:
        return Identity("scripted", "fake", "1", 1)

    def time(
        self,
        models: Mapping[str, bytes],
        protocol: Protocol,
        rng: np.random.Generator,
        *,
        progress: Progress | None = None,
    ) -> dict[str, Timing]:
        self.calls += 1
        self.together.append(list(models))
        if progress:
            progress(1, 2)
            progress(2, 2)
        drift = rng.uniform(1.0, 2.0, protocol.passes)
        jitter = rng.uniform(0.99, 1.01, protocol.passes)
        return {
            name: Timing(tuple((5.0 * drift * jitter if name == "fast" else 10.0 * drift).tolist())) for name in models
        }


def test_ratio_survives_the_drift_of_the_device() -> None:
    model = emit_tflite(layer_graph(ofa_mbv3(resolutions=(32,)).closing_layers(32)[0]))
    rows = compare({"slow": model, "fast": model}, Scripted(), baseline="slow", rng=rng(), at_least_s=0)
    assert [row.name for row in rows] == ["slow", "fast"]
    assert (rows[0].ratio_low, rows[0].ratio, rows[0].ratio_high) == (1.0, 1.0, 1.0)
    assert rows[1].ratio_low <= 0.5 <= rows[1].ratio_high
    assert rows[1].ratio_high - rows[1].ratio_low < 0.01
    assert rows[1].spread_percent > 10
    assert rows[0].size_bytes == len(model)


def test_rounds_last_as_long_as_asked() -> None:
    backend = Scripted()
    timings = time_rounds(
        backend,
        {"slow": b""},
        rng(),
        protocol=Protocol(passes=3),
        rounds=2,
        at_least_s=5,
        clock=lambda: float(backend.calls),
    )
    assert backend.calls == 5
    assert len(timings["slow"].passes_ms) == 15


def test_progress_ends_with_the_last_round() -> None:
    backend, told = Scripted(), list[float]()
    time_rounds(
        backend,
        {"slow": b""},
        rng(),
        rounds=2,
        at_least_s=6,
        clock=lambda: float(backend.calls),
        progress=lambda done, total: told.append(done / total),
    )
    assert told[-1] == 1.0 and len(told) == 12
    assert told[2:] == sorted(told[2:])  # after the first round it is known how many there will be


def test_large_models_are_timed_in_groups_with_the_baseline_in_each() -> None:
    model = emit_tflite(layer_graph(ofa_mbv3(resolutions=(32,)).closing_layers(32)[0]))
    names, backend, told = ("a", "slow", "b", "fast", "c"), Scripted(), list[float]()
    rows = compare(
        dict.fromkeys(names, model),
        backend,
        baseline="slow",
        rng=rng(),
        at_least_s=0,
        rounds=1,
        group_bytes=3 * len(model),
        progress=lambda done, total: told.append(done / total),
    )
    assert backend.together == [["slow", "a", "b"], ["slow", "fast", "c"]]
    assert tuple(row.name for row in rows) == names
    assert rows[3].ratio == pytest.approx(0.5, rel=0.01) and rows[4].ratio == 1.0
    assert told == [0.25, 0.5, 0.75, 1.0]


def test_baseline_must_be_there() -> None:
    with pytest.raises(InputError, match="not among the models"):
        compare({"a": b""}, Scripted(), baseline="b", rng=rng())


@given(st.lists(st.floats(0.1, 10), min_size=1, max_size=60))
def test_interval_holds_the_median_of_the_sample(values: list[float]) -> None:
    low, high = median_interval(np.array(values))
    assert min(values) <= low <= float(np.median(values)) * (1 + 1e-9)
    assert float(np.median(values)) * (1 - 1e-9) <= high <= max(values)


def test_interval_covers_the_true_median_in_about_95_percent() -> None:
    draws = rng().exponential(size=(2000, 24))
    bounds = np.array([median_interval(row) for row in draws])
    covered = np.mean((bounds[:, 0] <= np.log(2)) & (np.log(2) <= bounds[:, 1]))
    assert 0.94 < covered < 0.99


@pytest.mark.parametrize("form", ["plain", "split"])
def test_costs_of_a_file_are_those_of_its_layers(form: str) -> None:
    space = ofa_mbv3(resolutions=(128,))  # at less, taps that touch nothing are left out of the file
    network = random_network(space, space.largest, rng())
    costs = count_costs(emit_tflite(network_graph(network), depthwise7=form))  # type: ignore[arg-type]
    layers = space.layers(space.largest)
    assert costs.macs == sum(layer.macs for layer in layers)
    # Folding keeps one bias of each batch norm's two numbers; the split form stores zero biases for its parts.
    assert costs.parameters == pytest.approx(sum(layer.parameters for layer in layers), rel=0.01)


def test_compares_real_files() -> None:
    space = ofa_mbv3(resolutions=(32,))
    smallest = emit_tflite(network_graph(random_network(space, space.smallest, rng())))
    models = {"EfficientNet-B0": reference_model(96, rng()), "smallest": smallest}
    protocol = Protocol(passes=2, warm_ups=1, runs=2)
    reference, small = compare(
        models, LocalBackend(), baseline="EfficientNet-B0", rng=rng(), protocol=protocol, rounds=1, at_least_s=0
    )
    assert small.ms < reference.ms
    assert small.ratio < 1.0
    assert reference.parameters == pytest.approx(4_007_548, rel=0.02)  # as published, less the classifier
