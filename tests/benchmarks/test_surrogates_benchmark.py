"""Learning curves: judged over the space and in each band, each subnet predicted once, resumable."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import learning_curves
import numpy as np
import pytest
import surrogates
from bundles import noise_faces, write_bundle
from device_profiles import made_up_profile
from learning_curves import judge, judge_bands, split_labels
from spaces import tiny_space
from table3_answers import PhotoWork

from facefit.bundle import LABELS, Bundle
from facefit.comparator import ByAccuracy, RidgeSurrogate, kendall_tau, pair_accuracy
from facefit.labels.store import Labels
from facefit.space import SearchSpace
from facefit.space.population import Genes, sample
from facefit.supernet.loading import from_shared_weights

SPACE = tiny_space()
Call = Callable[..., dict[str, Any]]


class Counting:
    """Predicts the sum of the genes, and counts what it is asked for."""

    rmse = 2.0

    def __init__(self, space: SearchSpace) -> None:
        self.space, self.asked = space, 0

    def predict_accuracy(self, genes: Genes) -> np.ndarray:
        self.asked += len(genes)
        return genes.astype(float).sum(axis=1)


def held_out(n: int = 60) -> Labels:
    rng = np.random.default_rng(1)
    genes = np.unique(sample(SPACE, 3 * n, rng), axis=0)[:n]
    right = 500 + 2 * genes.astype(int).sum(axis=1) + rng.integers(0, 12, n)
    return Labels.empty(SPACE, 1000, "noise-search", "noise").merged(genes, right, "uniform")


def test_portions_judge_as_all_pairs_at_once_and_predict_each_subnet_once(monkeypatch: pytest.MonkeyPatch) -> None:
    labels, model = held_out(), Counting(SPACE)
    monkeypatch.setattr("facefit.comparator.quality._PORTION", 37)
    prefer = ByAccuracy(model).among(labels.genes)
    whole = judge(prefer, labels)
    band = np.arange(60) % 4
    band[:3] = 4  # too few to be judged
    bands = judge_bands(prefer, labels, band, 6)
    assert model.asked == 60
    predicted, truth = labels.genes.astype(float).sum(axis=1), 100 * labels.accuracy
    a, b = np.triu_indices(60, 1)
    assert whole.pair_accuracy == pytest.approx(
        pair_accuracy(0.5 + 0.1 * np.sign(predicted[a] - predicted[b]), truth[a], truth[b])
    )
    assert whole.kendall_tau == pytest.approx(kendall_tau(predicted, truth))
    assert [one.n for one in bands] == [int((band == k).sum()) for k in range(6)]
    assert bands[4].regret is None and bands[5].n == 0
    for number in range(4):
        own = truth[band == number]
        best = predicted[band == number] == predicted[band == number].max()
        assert bands[number].regret is not None and np.isclose(own.max() - bands[number].regret, own[best]).any()


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    folder = tmp_path / "run"
    folder.mkdir()
    bundle = Bundle.load(write_bundle(folder))
    work = PhotoWork(from_shared_weights(bundle.weights), noise_faces(48, 32, 1), noise_faces(40, 32, 2))
    monkeypatch.setattr(surrogates, "ferplus_work", lambda *_: (work, work))
    made_up_profile(SPACE).save(tmp_path / "board.json")

    def run(*options: object) -> dict[str, Any]:
        given = ["surrogates", "--profile", tmp_path / "board.json", "--bundle", folder, "--out", tmp_path / "out"]
        given += ["--sizes", 60, "--seeds", 2, "--bands", 2, *options]
        monkeypatch.setattr(sys, "argv", [str(one) for one in given])
        surrogates.main()
        found: dict[str, Any] = json.loads(capsys.readouterr().out.splitlines()[-1])
        return found

    return run


def test_a_run_tells_each_band_goes_on_and_refuses_other_labels(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ridge = {
        "ridge": lambda x, s: ByAccuracy(RidgeSurrogate.fit(x.space, x.genes, x.accuracy, np.random.default_rng(s)))
    }
    monkeypatch.setattr(surrogates, "fits", lambda clone: ridge)
    photos = ("--data", "faces", "--images", 40, "--halves", 60)
    first = call(*photos, "--figure", tmp_path / "curves.svg")
    assert first["rows"][0]["labels"] == 60 and len(first["rows"]) == 2
    for row in first["rows"]:
        assert len(row["bands"]) == 2 and sum(band["n"] for band in row["bands"]) == row["held_out"]
        assert row["kendall_tau"][1] <= row["kendall_tau"][0] <= row["kendall_tau"][2]
        assert {"n", "pair_accuracy", "kendall_tau", "regret"} <= row["bands"][0].keys()
    assert first["judged_by"] == {"whole": None, "bands": None}
    in_bands = [one["subnets"] for one in first["noise"]["bands"] if one]
    assert first["noise"]["subnets"] == 60 and in_bands and min(in_bands) >= 20 and sum(in_bands) <= 60
    assert -1 <= first["noise"]["kendall_tau_in_bands"] <= 1 and (tmp_path / "curves.svg").stat().st_size > 0
    kept = (tmp_path / "out" / "surrogates.jsonl").read_text()
    monkeypatch.setattr(
        surrogates, "fits", lambda clone: dict.fromkeys(ridge, None)
    )  # what is done is not fitted again
    assert call(*photos) == first
    assert (tmp_path / "out" / "surrogates.jsonl").read_text() == kept
    labels = Labels.load(tmp_path / "run" / LABELS)
    labels.where(np.arange(180)).save(tmp_path / "run" / LABELS)
    with pytest.raises(SystemExit, match=r"learning curves come from other labels; .*--out"):
        call()


def test_each_plan_judges_what_it_was_drawn_for(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        surrogates, "fits", lambda clone: {"sum": lambda x, s: ByAccuracy(Counting(x.space))}
    )  # nothing is fitted
    monkeypatch.setattr(learning_curves, "LEAST_OF_PLAN", 60)
    path = tmp_path / "run" / LABELS
    labels = Labels.load(path)
    held = [split_labels(labels, seed)[1].genes for seed in range(2)]
    replace(labels, plans=np.where(np.arange(len(labels)) % 3 == 0, "bands", "uniform")).save(path)
    told = call()
    assert told["judged_by"] == {"whole": "uniform", "bands": "bands"}
    for row in told["rows"]:
        uniform, banded = row["held_out"], sum(band["n"] for band in row["bands"])
        assert 0 < banded < uniform and uniform + banded == np.mean([len(genes) for genes in held])


def test_photos_that_the_labels_do_not_come_from_are_refused(call: Call, tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="labels are of another SuperNet or of other photos"):
        call("--data", "faces")
    assert not (tmp_path / "out" / "surrogates.jsonl").exists()
