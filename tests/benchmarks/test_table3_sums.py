"""What table 3 says in the end: intervals over photos and seeds, sums over cells, limits judged by measurement."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import table3_latency
from bundles import write_bundle
from device_profiles import made_up_profile
from spaces import tiny_space
from table3_intervals import PhotosAndSeeds
from table3_latency import timed
from table3_methods import THEIRS
from table3_records import Cell, Record, Row
from table3_report import markdown, on_all_labels, summary
from table3_results import MEASURED, REFERENCE, Results
from table3_runs import Devices
from table3_sums import markdown_sums, sums

from facefit.bundle import Bundle
from facefit.device import DeviceProfile, Timing
from facefit.fit.retiming import REFERENCE as BASELINE
from facefit.space.population import Genes, sample

PHOTOS = 200
SPACE = tiny_space()
GENES = np.unique(sample(SPACE, 40, np.random.default_rng(0)), axis=0)[:6]
PROFILE = made_up_profile(SPACE)


@dataclass(frozen=True)
class Known:
    """Answers that were given beforehand: each subnet is right on so many of the first photos."""

    right_photos: Mapping[bytes, int]
    n: int = PHOTOS

    def right(self, rows: Iterable[Genes]) -> np.ndarray:
        return np.stack([np.arange(self.n) < self.right_photos[bytes(row)] for row in rows])

    def percent(self, rows: Iterable[Genes]) -> np.ndarray:
        return 100 * self.right(rows).mean(axis=1)


def results_of(found: Mapping[Cell, list[int]], right: list[int], limit_ms: float = 100.0, **facts: Any) -> Results:
    """Cells find subnets by their numbers; `right` tells on how many photos each is right."""
    known: Any = Known({bytes(g): n for g, n in zip(GENES, right, strict=True)})
    records = {
        cell: Record(cell, "p", limit_ms, tuple(tuple(GENES[i].tolist()) for i in numbers), 10.0, 1.0, False)
        for cell, numbers in found.items()
    }
    return Results(records, known, known, **facts)


def cells(method: str, seeds: int = 2, labels: str = "all", share: float = 1.0) -> list[Cell]:
    return [Cell(Row("here", "0.6x", share, method, labels), seed) for seed in range(seeds)]


def test_intervals_hold_photos_and_seeds() -> None:
    rng = np.random.default_rng(0)
    right = rng.random((4, 500)) < 0.8
    mean, low, high = PhotosAndSeeds(500).mean(np.repeat(right[:1], 4, axis=0))
    half = 196 * np.sqrt(right[0].mean() * (1 - right[0].mean()) / 500)
    assert mean == pytest.approx(100 * right[0].mean()) and (high - low) / 2 == pytest.approx(half, rel=0.15)
    far = right.copy()
    far[2:] = False  # seeds that find something else widen it
    assert np.ptp(PhotosAndSeeds(500).mean(far)[1:]) > 2 * (high - low)
    same = PhotosAndSeeds(500).mean(right.astype(int) - right.astype(int))
    assert same == (0.0, 0.0, 0.0)
    paired = right[:1].astype(int) - (right[:1] & (np.arange(500) != 7)).astype(int)
    assert np.ptp(PhotosAndSeeds(500).mean(paired)[1:]) < (high - low) / 4


def test_cells_are_summed_up(tmp_path: Path) -> None:
    right = [150, 180, 100, 160, 190, 181]
    found = {cell: [1, 4] for cell in cells("ours")} | {cell: [0] for cell in cells("once-for-all")}
    found |= {cell: [2] for cell in cells("paper")} | {Cell(Row("here", "0.6x", 1.0, REFERENCE), 0): [3, 5]}
    results = results_of(found, right)
    first = cells("ours")[0]
    results = replace(results, records=results.records | {first: replace(results.records[first], seconds=0.2)})
    rows = summary(results, lambda row: True, lambda row: replace(row, method="once-for-all"))
    told = {one["method"]: one for one in sums(rows)}
    assert set(told) == {"ours", MEASURED, "paper", "once-for-all"}
    for method, better, worse in (("ours", 1, 0), (MEASURED, 1, 0), ("paper", 0, 1)):
        assert told[method]["second"] == {"compared": 1, "at_least_equal": better, "better": better, "worse": worse}
    assert told["once-for-all"]["search"]["compared"] == 0
    assert told["ours"]["regret_mean"] == pytest.approx(5.0) and told[MEASURED]["regret_mean"] == 0
    assert told["ours"]["regret_reference_mean"] == pytest.approx(0.5)  # the reference is right on 181
    assert told["ours"]["times_faster_median"] == pytest.approx(10 / 5.1)
    assert told["ours"]["loaded_search_seconds_most"] == 5.1
    assert told[MEASURED]["loaded_search_seconds_most"] is told[MEASURED]["times_faster_median"] is None
    assert told["ours"]["limits_timed"] == 0
    own = next(row for row in rows if row["method"] == "ours")
    mean, low, high = own["second_difference"]
    assert mean == pytest.approx(15.0) and 5 < low < mean < high < 25  # seeds agree, photos do not
    assert "| +15.00 (+" in markdown(rows, "once-for-all") and "over photos and seeds" in markdown(rows, "once-for-all")
    assert "1, 1, 0 of 1" in markdown_sums(told.values(), "once-for-all")


def test_a_quarter_of_the_labels_is_compared_with_once_for_all_on_all_of_them() -> None:
    quarter, theirs = cells("ours", share=0.25), cells("once-for-all", share=0.25)
    found = {cell: [1] for cell in quarter} | {cell: [0] for cell in theirs}
    found |= {cell: [2] for cell in cells("once-for-all")} | {Cell(Row("here", "0.6x", 1.0, REFERENCE), 0): [3]}
    results = results_of(found, [100, 150, 180, 190, 0, 0])
    slow = {cell: replace(results.records[cell], seconds=40.0) for cell in theirs}
    rows = summary(replace(results, records=results.records | slow), lambda row: True, partial(on_all_labels, THEIRS))
    told = {(one["method"], one["share"]): one for one in sums(rows)}
    assert told["ours", 0.25]["second"] == {"compared": 1, "at_least_equal": 0, "better": 0, "worse": 1}
    assert told["once-for-all", 0.25]["second"]["worse"] == 1 and told["once-for-all", 1.0]["second"]["compared"] == 0
    assert told["ours", 0.25]["times_faster_median"] == 4.0  # of searches by as many labels


def test_plans_stand_against_the_first_of_them() -> None:
    found = {cell: [0, 1] for cell in cells("ours", labels="40 uniform")}
    found |= {cell: [1, 0] for cell in cells("ours", labels="40 bands")}
    results = results_of(found | {Cell(Row("here", "0.6x", 1.0, REFERENCE), 0): [2]}, [150, 170, 160, 0, 0, 0])
    rows = summary(results, lambda row: True, lambda row: replace(row, labels="40 uniform"))
    assert [(row["labels"], row["method"]) for row in rows] == [("40 uniform", "ours"), ("40 bands", "ours")]
    assert rows[0]["second_difference"] is None and rows[1]["second_difference"][0] == pytest.approx(10.0)
    assert [one["search"]["better"] for one in sums(rows)] == [0, 1]


class SlowDevice:
    """Everything takes so many times as long as predicted, and one subnet longer still, from some call on."""

    def __init__(self, slower: float, late: bytes, from_call: int = 1) -> None:
        self.slower, self.late, self.from_call, self.calls = slower, late, from_call, 0

    def time(self, models: Mapping[str, bytes], *_: object, **__: object) -> dict[str, Timing]:
        self.calls += 1
        assert BASELINE in models
        ms = {BASELINE: PROFILE.reference_ms}
        for name in models.keys() - {BASELINE}:
            genes = np.frombuffer(bytes.fromhex(name), np.uint8)
            late = bytes(genes) == self.late and self.calls >= self.from_call
            ms[name] = float(PROFILE.latency(SPACE).of(genes[None])[0]) * (1.2 if late else 1.0)
        return {name: Timing((self.slower * one,)) for name, one in ms.items()}


@pytest.fixture
def bundle(tmp_path: Path) -> Bundle:
    return Bundle.load(write_bundle(tmp_path))


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """As it is, a timing takes seconds."""
    monkeypatch.setattr(table3_latency, "time_rounds", lambda backend, models, rng, **_: backend.time(models))


class NothingTighter:
    """Searches find what the run has, and nothing within any other limit."""

    space = SPACE

    def finalists(self, results: Results, cell: Cell, limit_ms: float) -> Genes:
        within = limit_ms == results.record(cell.row, cell.seed).limit_ms
        return results.finalists()[cell] if within else GENES[:0]


Run = Callable[[Any, str], tuple[Results, dict[str, dict[str, Any]]]]
TIGHTER: Any = NothingTighter()
DEVICES = Devices({"here": PROFILE}, {"here": "p"}, ["0.6x"])
SLOWEST = int(PROFILE.latency(SPACE).of(GENES).argmax())
OTHERS = [i for i in range(6) if i != SLOWEST]
RIGHT = [190 if i == SLOWEST else 100 + i for i in range(6)]


@pytest.fixture
def run(bundle: Bundle, tmp_path: Path, quick: None) -> Run:
    """What ours and once-for-all come to when a device times them: both have the slowest subnet, which is the most
    accurate, and ours others after it."""
    limit_ms = 1.01 * float(PROFILE.latency(SPACE).of(GENES).max())
    found = {cell: [SLOWEST, *OTHERS] for cell in cells("ours")} | {cell: [SLOWEST] for cell in cells("once-for-all")}
    results = results_of(found | {Cell(Row("here", "0.6x", 1.0, REFERENCE), 0): OTHERS}, RIGHT, limit_ms)

    def on(device: Any, folder: str) -> tuple[Results, dict[str, dict[str, Any]]]:
        (tmp_path / folder).mkdir(exist_ok=True)
        told = timed(results, bundle, DEVICES, tmp_path / folder, TIGHTER, lambda profile: device)
        return told, {row["method"]: row for row in summary(told, lambda row: True, lambda row: row)}

    return on


def test_what_slows_efficientnet_b0_down_as_well_is_no_fault_of_a_subnet(run: Run) -> None:
    device = SlowDevice(1.5, late=b"")
    on_time, rows = run(device, "run")
    assert all(row["limit_kept"] and row["search"][0] == 95.0 for row in rows.values()) and len(rows) == 3
    calls = device.calls
    again, _ = run(device, "run")
    assert again.judged_ms == on_time.judged_ms and device.calls == calls


def test_finalists_are_chosen_by_what_was_measured_in_every_method(run: Run) -> None:
    too_late, rows = run(SlowDevice(1.5, late=bytes(GENES[SLOWEST])), "late")
    assert rows["ours"]["limit_kept"] and rows[MEASURED]["limit_kept"] and not rows["once-for-all"]["limit_kept"]
    assert rows["ours"]["search"][0] == RIGHT[OTHERS[0]] / 2  # accuracies are of what is handed over
    assert rows[MEASURED]["search"][0] == max(RIGHT[i] for i in OTHERS) / 2
    assert rows["once-for-all"]["search"][0] == 95.0 and rows["once-for-all"]["limit_missed_in_choice"] == 2
    kept = {one["method"]: (one["limits_kept"], one["limits_timed"]) for one in sums(rows.values())}
    assert kept == {"ours": (1, 1), MEASURED: (1, 1), "once-for-all": (0, 1)}
    assert too_late.best_known("here", "0.6x") == 95.0


def test_a_first_timing_that_was_lucky_leads_to_the_next_finalist(run: Run) -> None:
    _, rows = run(SlowDevice(1.5, late=bytes(GENES[SLOWEST]), from_call=2), "lucky")
    assert rows[MEASURED]["search"][0] < 95.0 and rows[MEASURED]["limit_kept"]
    assert rows["once-for-all"]["search"][0] == 95.0 and rows["once-for-all"]["limit_kept"] is False


def test_a_third_timing_judges_and_changes_no_choice(run: Run) -> None:
    device = SlowDevice(1.5, late=b"")
    run(device, "counted")
    chosen = device.calls - 1  # the last one judges the only subnet that is handed over
    _, rows = run(SlowDevice(1.5, late=bytes(GENES[SLOWEST]), from_call=chosen + 1), "unlucky")
    assert all(row["search"][0] == 95.0 and row["limit_kept"] is False for row in rows.values())
    assert all(row["limit_missed_in_choice"] == 0 for row in rows.values())


def test_profiles_of_elsewhere_and_measured_anew_are_not_judged(run: Run, bundle: Bundle, tmp_path: Path) -> None:
    nowhere, rows = run(None, "nowhere")
    assert nowhere.handed_over == nowhere.judged_ms == {} and rows["ours"]["limit_kept"] is None
    run(SlowDevice(1.0, late=b""), "run")
    anew: DeviceProfile = replace(PROFILE, seconds=1.0)
    remeasured = Devices({"here": anew}, {"here": "q"}, ["0.6x"])
    assert timed(nowhere, bundle, remeasured, tmp_path / "run", TIGHTER, lambda profile: None).judged_ms == {}
