"""Timing in portions that are kept as they come."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest

from facefit.device import CompactModels, Identity, Portions, Protocol, Timing
from facefit.device.timing import Progress
from facefit.graph import LoadedModel
from facefit.space import ofa_mbv3

BOARD = Identity("board", "fake", "1", 1, {"load": "0.1"})
PROTOCOL = Protocol(passes=2)
MODELS = {f"model {i}": bytes([i]) * 10 * (i + 1) for i in range(7)}


class Device:
    """Takes as many ms as a model's first byte plus 1, and may break down at a portion."""

    def __init__(self, breaks_at: int | None = None) -> None:
        self.portions: list[list[str]] = []
        self._breaks_at = breaks_at

    def measure(self, models: Mapping[str, bytes], progress: Progress) -> dict[str, Timing]:
        if len(self.portions) == self._breaks_at:
            raise ConnectionError
        self.portions.append(list(models))
        progress(len(models) * PROTOCOL.passes, len(models) * PROTOCOL.passes)
        return {name: Timing((data[0] + 1.0, data[0] + 2.0)) for name, data in models.items()}


def run(device: Device, portions: Portions, models: Mapping[str, bytes] = MODELS, seed: int = 0) -> dict[str, Timing]:
    return portions.time(device.measure, BOARD, models, PROTOCOL, np.random.default_rng(seed))


def broken_off(keep: Path) -> Portions:
    portions = Portions(keep, models=2)
    with pytest.raises(ConnectionError):
        run(Device(breaks_at=2), portions)
    return portions


def test_all_models_are_timed_once_in_small_portions(tmp_path: Path) -> None:
    device, steps = Device(), []
    timings = Portions(models=3, size_bytes=100).time(
        device.measure, BOARD, MODELS, PROTOCOL, np.random.default_rng(0), lambda *step: steps.append(step)
    )
    assert list(timings) == list(MODELS)
    assert all(timings[name].ms == data[0] + 1.25 for name, data in MODELS.items())
    assert sorted(name for portion in device.portions for name in portion) == sorted(MODELS)
    assert all(len(p) <= 3 and (len(p) == 1 or sum(len(MODELS[n]) for n in p) <= 100) for p in device.portions)
    assert steps[-1] == (14, 14) and [done for done, _ in steps] == sorted(done for done, _ in steps)


def test_goes_on_where_it_broke_off(tmp_path: Path) -> None:
    portions, device = broken_off(tmp_path / "keep"), Device()
    timings = run(device, portions, seed=1)
    assert sum(map(len, device.portions)) == len(MODELS) - 4
    assert timings == run(Device(), Portions())
    assert list(tmp_path.iterdir()) == []


def another_device(keep: Path) -> None:
    keep.write_text(keep.read_text().replace('"board"', '"phone"'))


def another_protocol(keep: Path) -> None:
    keep.write_text(keep.read_text().replace('"passes": 2', '"passes": 3'))


def cut(keep: Path) -> None:
    keep.write_text(keep.read_text()[:-30])


def negative(keep: Path) -> None:
    keep.write_text(keep.read_text().replace("1.0", "-1.0").replace("2.0", "-2.0").replace("3.0", "-3.0"))


@pytest.mark.parametrize("change", [another_device, another_protocol, cut, negative])
def test_portions_of_something_else_are_not_used(tmp_path: Path, change: Callable[[Path], None]) -> None:
    portions, device = broken_off(tmp_path / "keep"), Device()
    before = (tmp_path / "keep").read_text()
    change(tmp_path / "keep")
    assert (tmp_path / "keep").read_text() != before
    assert run(device, portions) == run(Device(), Portions())
    assert sum(map(len, device.portions)) == len(MODELS)


def test_models_that_have_changed_are_timed_again(tmp_path: Path) -> None:
    portions, device = broken_off(tmp_path / "keep"), Device()
    changed = {name: data + b"!" for name, data in MODELS.items()}
    run(device, portions, changed)
    assert sum(map(len, device.portions)) == len(MODELS)


def test_compact_models_pack_well_stay_the_same_and_compute_sane_numbers() -> None:
    import gzip

    space = ofa_mbv3(resolutions=(32,))
    args = (space, space.smallest, ("descriptor",), "plain")
    data = CompactModels().network(*args)
    assert data == CompactModels().network(*args)
    assert len(gzip.compress(data)) < 0.1 * len(data)
    descriptor = LoadedModel(data).run(image=np.full((1, 32, 32, 3), 99, np.float32))["descriptor"]
    assert np.isfinite(descriptor).all() and np.abs(descriptor).max() > 1e-6
