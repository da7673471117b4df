"""Statistics of a run are learnt once: what an interruption leaves is gone on with, what is there is kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from bundles import noise_faces
from spaces import tiny_space

from facefit.cli.label_models import learn_statistics, learn_unjudged
from facefit.errors import ArtifactError, InputError
from facefit.labels import statistics
from facefit.labels.plan import smallest_and_largest
from facefit.labels.workers import Work
from facefit.space.population import Genes
from facefit.supernet.network import SuperNet
from facefit.weights.statistics import StatisticsModel

OBSERVED, JUDGED = 30, 3


@pytest.fixture(scope="module")
def work() -> Work:
    torch.manual_seed(0)
    return Work(SuperNet(tiny_space(), 3).eval(), noise_faces(16, 32, 1), noise_faces(20, 32, 2))


@pytest.fixture(scope="module")
def learnt(work: Work, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("learnt") / "statistics.safetensors"
    learn_statistics(path, work, OBSERVED, JUDGED, 0)
    return path


def never(*arguments: object) -> None:
    raise AssertionError("observed again")


def test_what_was_learnt_before_an_interruption_is_judged_and_not_learnt_again(
    work: Work, learnt: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "statistics.safetensors"

    def interrupted(*arguments: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(statistics, "statistics_cost", interrupted)
        learn_statistics(path, work, OBSERVED, JUDGED, 0)
    assert StatisticsModel.load(path, work.net.space).cost is None
    monkeypatch.setattr(statistics, "observe_statistics", never)
    learn_statistics(path, work, OBSERVED, JUDGED, 0)
    assert path.read_bytes() == learnt.read_bytes()


def test_kept_statistics_are_not_said_to_be_written(work: Work, learnt: Path, tmp_path: Path) -> None:
    path = tmp_path / "statistics.safetensors"
    assert learn_statistics(path, work, OBSERVED, JUDGED, 0)[1].endswith(f"wrote {path}")
    model, done = learn_statistics(path, work, 2 * OBSERVED, 2 * JUDGED, 0)
    assert f"kept {path}" in done and "--observed and --judged change nothing" in done
    assert model.cost is not None and model.cost.subnets == JUDGED
    assert path.read_bytes() == learnt.read_bytes()


def test_those_of_training_are_judged_on_subnets_that_they_were_not_learnt_from(
    work: Work, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, judged_on = tmp_path / "statistics.safetensors", []
    learn_unjudged(path, work, OBSERVED, 0)  # many: both ends of the space are among them
    unjudged = StatisticsModel.load(path, work.net.space)
    cost_of = statistics.statistics_cost

    def noted(net: SuperNet, model: StatisticsModel, genes: Genes, *rest: Any) -> statistics.StatisticsCost:
        judged_on.extend(genes.tolist())
        return cost_of(net, model, genes, *rest)

    monkeypatch.setattr(statistics, "statistics_cost", noted)
    model, done = learn_statistics(path, work, 2, JUDGED, 0)
    assert unjudged.cost is None and model.cost is not None and model.cost.subnets == JUDGED == len(judged_on)
    assert f"judged those in {path}, where --observed changes nothing" in done
    assert not [ends for ends in smallest_and_largest(work.net.space).tolist() if ends in judged_on]
    for name, learnt in unjudged.coefficients.items():
        np.testing.assert_array_equal(model.coefficients[name], learnt)


def test_damaged_statistics_say_what_to_do(work: Work, learnt: Path, tmp_path: Path) -> None:
    path = tmp_path / "statistics.safetensors"
    data = learnt.read_bytes()
    for damaged in (data[:-9], data[:-9] + b"123456789", b"nothing"):
        path.write_bytes(damaged)
        with pytest.raises(ArtifactError, match=r"statistics.safetensors: .* move it away, then call 'facefit label'"):
            learn_statistics(path, work, OBSERVED, JUDGED, 0)
    path.unlink()
    path.mkdir()
    with pytest.raises(InputError, match=r"cannot be read \(Is a directory\)"):
        learn_statistics(path, work, OBSERVED, JUDGED, 0)
