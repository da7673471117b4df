"""Rounds of the plan `active`: stopped in the middle and gone on with, they give the labels of a run never stopped."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from spaces import tiny_space

from facefit.errors import ArtifactError
from facefit.faces.dataset import LabelledFaces
from facefit.labels.bands import band_edges
from facefit.labels.labelling import label_subnets
from facefit.labels.plans import ActivePlan, drawn_plan
from facefit.labels.store import Labels
from facefit.labels.workers import Labelled, Work, chunks
from facefit.space.costs import LargestSum, additive_table
from facefit.space.population import Genes
from facefit.supernet.network import SuperNet

SPACE = tiny_space()
LATENCY = LargestSum((additive_table(SPACE, lambda layer: layer.macs / 1e6),))
PLAN = ActivePlan(LATENCY, band_edges(SPACE, LATENCY, 2), round_size=24, seed=0)
ROUND_FILE = ".labels.round.json"
Label = Callable[..., Labels]


def made_up(work: Work, genes: Genes, most: int) -> Iterator[Labelled]:
    """Labels at no cost, in another order each time, as workers give them."""
    parts = chunks(genes, most)
    for i in np.random.default_rng().permutation(len(parts)):
        yield Labelled(parts[i], 600 + parts[i].sum(axis=1, dtype=np.int64), np.zeros(len(parts[i])))


@pytest.fixture
def label(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Label:
    """Fills a label file up to so many, in chunks of four; Ctrl-C comes once there are `stop` more."""
    monkeypatch.setattr("facefit.labels.active.LEAST_LABELS", 40)
    torch.manual_seed(0)
    images, targets = np.zeros((1000, 4, 4, 3), np.uint8), np.eye(3, dtype=np.float32)[np.zeros(1000, int)]
    faces = LabelledFaces(images, targets, tuple(map(str, range(1000))), ("a", "b", "c"), "noise")
    work = Work(SuperNet(SPACE, 3), faces, faces)

    def run(name: str, subnets: int, stop: int | None = None, plan: object = PLAN) -> Labels:
        def progress(done: int, total: int) -> None:
            if stop is not None and done >= stop:
                raise KeyboardInterrupt

        path = tmp_path / name / "labels.parquet"
        if stop is None:
            return label_subnets(work, plan, subnets, path, spread=made_up, chunk=4, progress=progress)
        with pytest.raises(KeyboardInterrupt):
            label_subnets(work, plan, subnets, path, spread=made_up, chunk=4, progress=progress)
        return Labels.load(path)

    return run


def by_subnet(labels: Labels) -> list[tuple[bytes, int, str]]:
    return sorted(zip(map(bytes, labels.genes), labels.right.tolist(), labels.plans.tolist(), strict=True))


@pytest.mark.parametrize("stops", [[9], [30, 9], [57], [80, 4, 4]])  # by band and by search, at times twice in a round
def test_stopped_halfway_and_gone_on_is_as_never_stopped(label: Label, tmp_path: Path, stops: list[int]) -> None:
    whole = label("whole", 100)
    assert whole.plan_counts == {"bands": 48, "active": 52}
    for stop in stops:
        label("stopped", 100, stop)
    assert (tmp_path / "stopped" / ROUND_FILE).exists()
    assert by_subnet(label("stopped", 100)) == by_subnet(whole) == by_subnet(label("whole", 100))
    for name in ("whole", "stopped"):
        assert {file.name for file in (tmp_path / name).iterdir()} == {"labels.parquet", ".labels.lock"}


def test_a_round_is_not_gone_on_with_by_another_plan_or_from_other_labels(label: Label, tmp_path: Path) -> None:
    whole, file = label("whole", 72), tmp_path / "stopped" / ROUND_FILE
    label("stopped", 72, stop=57)
    begun = file.read_bytes()
    file.unlink()
    assert by_subnet(label("stopped", 72)) != by_subnet(whole)  # what is left was chosen by other labels
    file.write_bytes(begun)
    label("stopped", 80)
    assert not file.exists()
    label("other", 72, stop=57)
    other = ActivePlan(PLAN.latency, PLAN.edges, PLAN.round_size, seed=1)
    assert by_subnet(label("other", 72, plan=other)) != by_subnet(whole)
    mixed = label("mixed", 72, stop=57)
    assert len(mixed) < 64
    label("mixed", 64, plan=drawn_plan("uniform", seed=5))
    assert set(label("mixed", 72).plan_counts) == {"bands", "active", "uniform"}


def test_a_smaller_number_of_labels_leaves_the_round_for_later(label: Label, tmp_path: Path) -> None:
    whole = label("whole", 72)
    kept = len(label("stopped", 72, stop=53))
    assert len(label("stopped", kept + 2)) == kept + 2 and (tmp_path / "stopped" / ROUND_FILE).exists()
    assert by_subnet(label("stopped", 72)) == by_subnet(whole)


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text[:-9],
        lambda text: text.replace('"plans"', '"plan"'),
        lambda text: text.replace("facefit.round/1", "facefit.round/9"),
        lambda text: text.replace("[[", "[[1,"),
        lambda text: json.dumps(json.loads(text) | {"genes": [[300] * 7]}),
    ],
)
def test_a_damaged_round_is_told(label: Label, tmp_path: Path, damage: Callable[[str], str]) -> None:
    label("stopped", 72, stop=9)
    file = tmp_path / "stopped" / ROUND_FILE
    file.write_text(damage(file.read_text()))
    with pytest.raises(ArtifactError, match=r"\.labels\.round\.json: .*a round of labels that was begun"):
        label("stopped", 72)
