"""Random subnets beside the largest: kept as they are asked, the same numbers however they are asked."""

from __future__ import annotations

from pathlib import Path

import bundles
import numpy as np
import pytest
from calls import Call

from facefit.bundle import Bundle
from facefit.evaluation.bootstrap import Estimate
from facefit.faces.ferplus import CLASSES, load_ferplus
from facefit.labels.plan import uniform_labels
from facefit.space.population import decode
from facefit.supernet.images import network_input
from facefit.supernet.loading import from_shared_weights

pytestmark = pytest.mark.slow


@pytest.fixture
def bundle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(bundles, "CLASSES", CLASSES)
    return bundles.write_bundle(tmp_path / "bundle")


def test_an_interrupted_call_goes_on_to_the_same_figures(
    script: Call, ferplus: Path, bundle: Path, tmp_path: Path
) -> None:
    order = ("supernet.py", "--data", ferplus, "--bundle", bundle, "--random", 5, "--calibration", 24)
    first = script(*order, "--out", tmp_path / "kept")
    assert first.code == 0, first
    facts = first.json
    assert (facts["n"], facts["random_subnets"]) == (40, 5)
    below, gap = facts["random_minus_largest"], facts["statistics_gap"]
    largest = facts["largest"]["recalibrated"]["accuracy"]
    assert below["points"] == pytest.approx(100 * (facts["random_mean_accuracy"] - largest))
    for figure in (below, gap):
        assert figure["interval"][0] <= figure["points"] <= figure["interval"][1]
        assert f"{figure['points']:+.2f} points" in first.out and f": {figure['verdict']}" in first.out
    assert gap["points"] == facts["statistics_gap_points_mean"]
    on = facts["largest_on"]
    assert on["learnt"]["n"] == on["search_split"]["n"] > 0
    apart = on["learnt_minus_search_split"]
    assert apart["value"] == pytest.approx(on["learnt"]["accuracy"] - on["search_split"]["accuracy"])
    assert f"apart: {100 * apart['value']:+.1f} (" in first.out and "range of the random subnets: from " in first.out
    files = sorted((tmp_path / "kept").glob("*.npz"))
    assert len(files) == 7
    files[3].unlink()
    before = files[0].stat().st_mtime_ns
    assert script(*order, "--out", tmp_path / "kept").json == facts
    assert files[3].exists() and files[0].stat().st_mtime_ns == before
    more = script(*order, "--out", tmp_path / "kept", "--random", 6)
    assert more.json["random_subnets"] == 6 and len(list((tmp_path / "kept").glob("*.npz"))) == 8
    assert {file.name for file in files} < {file.name for file in (tmp_path / "kept").glob("*.npz")}
    other = script(*order, "--out", tmp_path / "kept", "--calibration", 25)
    assert other.code == 1 and "another SuperNet, or to other photos" in other.err


@pytest.mark.usefixtures("scripts")
def test_shared_prefixes_change_no_answer(ferplus: Path, bundle: Path) -> None:
    from answers import right_answers
    from subnet_answers import Exam

    whole = Bundle.load(bundle)
    net, valid = from_shared_weights(whole.weights), load_ferplus(ferplus, "valid", "majority")
    exam = Exam(net, whole.statistics, valid, valid)
    genes = uniform_labels(net.space, 6, np.random.default_rng(0))
    subnets = decode(net.space, genes[genes[:, 0] == genes[0, 0]])
    for subnet, right in zip(subnets, exam.exact(subnets), strict=True):
        alone = net.recalibrate(subnet, network_input(valid, subnet.resolution))
        assert np.array_equal(right, right_answers(net, subnet, valid, alone))


@pytest.mark.usefixtures("scripts")
def test_intervals_hold_both_other_networks_and_other_photos() -> None:
    from crossed import crossed_mean, verdict

    rng, covered = np.random.default_rng(0), 0
    for _ in range(100):
        skill = 0.7 + 0.05 * rng.standard_normal((8, 1)) + 0.2 * rng.standard_normal(300)
        low, high = crossed_mean(rng.random((8, 300)) < skill).interval
        covered += low <= 0.6933 <= high  # the mean of the skills, cut off at 0 and 1
    assert covered >= 90
    flat = crossed_mean(np.ones((1, 10)))
    assert (flat.value, flat.interval) == (1.0, (1.0, 1.0))
    assert verdict(Estimate(-0.01, (-0.015, -0.005)), -0.02) == "met"
    assert verdict(Estimate(-0.01, (-0.025, 0.0)), -0.02) == "met, in doubt"
    assert verdict(Estimate(-0.03, (-0.035, -0.01)), -0.02) == "missed, in doubt"
    assert verdict(Estimate(-0.03, (-0.035, -0.025)), -0.02) == "missed"
