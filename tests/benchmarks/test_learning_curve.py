"""Learning curves over epochs and over shares of the photos."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from calls import Call

from facefit.cli.faces import read_parts

pytestmark = pytest.mark.slow


def test_curves_over_shares_and_over_their_epochs(
    script: Call, ferplus: Path, small_recipe: Path, start_weights: Path, tmp_path: Path
) -> None:
    order = ("learning_curve.py", "--data", ferplus, "--out", tmp_path / "out", "--recipe", small_recipe,
             "--start", start_weights)  # fmt: skip
    shares = script(*order, "--shares", 1, 0.5)
    assert shares.code == 0, shares
    half, whole = shares.json["shares"]
    assert (half["share"], whole["share"], whole["epochs"], half["epochs"]) == (0.5, 1.0, 2, 4)
    assert shares.json["equal"] == "steps" and abs(half["steps"] - whole["steps"]) <= 4
    assert half["learnt"]["n"] == half["search_split"]["n"] == shares.json["search_split_n"]
    for row in (half, whole):
        apart = row["learnt_minus_search_split"]
        assert apart["value"] == pytest.approx(row["learnt"]["accuracy"] - row["search_split"]["accuracy"])
        assert apart["interval"][0] <= apart["value"] <= apart["interval"][1]
    more = whole["search_split"]["minus_share_before"]
    assert more["difference"] == pytest.approx(whole["search_split"]["accuracy"] - half["search_split"]["accuracy"])
    kept = {run: (tmp_path / "out" / run / "metrics.jsonl").read_text() for run in ("share-50", "share-100")}
    again = script(
        *order, "--shares", 1, 0.5, "--runs", *(tmp_path / "out" / run for run in kept), "--figure", tmp_path / "c.svg"
    )
    assert again.json["shares"] == shares.json["shares"] and (tmp_path / "c.svg").read_text().startswith("<?xml")
    assert {run: (tmp_path / "out" / run / "metrics.jsonl").read_text() for run in kept} == kept
    epochs = again.json["epochs"]
    assert [row["epoch"] for row in epochs["share-50"]["rows"]] == [1, 2, 3, 4]
    first, last = epochs["share-100"]["rows"]
    assert epochs["share-100"]["late_points"]["network"] == pytest.approx(100 * (last["network"] - first["network"]))
    assert f"{last['loss']:.4f}" in again.out and "last phase's steps brought: network" in again.out
    assert f"Start of each share: {start_weights}." in again.out
    taken, of = shares.err.split("starts from ")[1].split(" tensors")[0].split(" of ")
    assert taken == of


def test_what_cannot_be_drawn_is_told(script: Call, tmp_path: Path) -> None:
    nothing = script("learning_curve.py", "--runs", tmp_path)
    assert nothing.code == 1 and "metrics.jsonl: no such file" in nothing.err
    (tmp_path / "metrics.jsonl").write_text('{"phase": 0}\n')
    damaged = script("learning_curve.py", "--runs", tmp_path)
    assert damaged.code == 1 and "no metrics of epochs" in damaged.err
    assert script("learning_curve.py", "--data", tmp_path).code == 2


@pytest.mark.usefixtures("scripts")
def test_phases_whose_subnets_differ_are_not_subtracted(tmp_path: Path) -> None:
    from epoch_curves import epochs_of

    def late(*epochs: tuple[int, int, float]) -> dict[str, float]:
        lines = [
            json.dumps({"phase": phase, "epoch": 1, "step": step, "loss": 1.0, "largest": right})
            for phase, step, right in epochs
        ]
        (tmp_path / "metrics.jsonl").write_text("\n".join(lines))
        found: dict[str, float] = epochs_of(tmp_path)["late_points"]
        return found

    assert late((0, 100, 0.9), (1, 110, 0.5)) == {}
    found = late((0, 100, 0.9), (1, 110, 0.5), (1, 130, 0.6), (1, 140, 0.625))
    assert found == pytest.approx({"largest": 2.5})


@pytest.mark.usefixtures("scripts")
def test_a_share_is_part_of_every_larger_one(ferplus: Path) -> None:
    from photo_shares import with_share

    parts = read_parts(ferplus, 24)
    parts = parts._replace(calibration=parts.calibration.where(np.arange(len(parts.calibration)) < 20))
    some = [with_share(parts, share, seed=3) for share in (0.25, 0.5, 1.0)]
    names = [set(share.learning.names) for share, _ in some]
    assert names[0] < names[1] < names[2] == set(parts.learning.names)
    assert len(names[0]) == round(0.25 * len(parts.learning))
    for (share, learnt), of_share in zip(some, names, strict=True):
        assert share.calibration.names == parts.calibration.names and set(share.calibration.names) <= of_share
        assert set(learnt.names) <= of_share and learnt.names == some[0][1].names
        assert not of_share & set(share.search_split.names) and share.search_split is parts.search_split


def test_the_docs_tell_the_runs_that_are_kept(scripts: Path) -> None:
    from epoch_curves import epochs_of

    docs = " ".join((scripts.parent / "docs" / "training.md").read_text().split())
    for name, epochs in (("kernels", 10), ("sandwich", 12)):
        assert f"benchmarks/runs/expression/{name}" in docs
        rows = epochs_of(scripts / "runs" / "expression" / name)["rows"]
        assert len(rows) == epochs
    for end in ("largest", "smallest"):
        last_quarter = [100 * row[end] for row in rows[-3:]]
        assert f"{min(last_quarter):.1f} to {max(last_quarter):.1f} %" in docs
