"""Labelling on a Ray cluster of this machine."""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from killed_workers import DeadlyFaces
from spaces import tiny_space

from facefit.errors import InputError
from facefit.faces.dataset import LabelledFaces
from facefit.labels.cluster import RayCluster
from facefit.labels.labelling import label_subnets
from facefit.labels.plans import drawn_plan
from facefit.labels.store import Labels
from facefit.labels.workers import Work
from facefit.supernet.network import SuperNet

pytest.importorskip("ray")
pytestmark = pytest.mark.slow


def noise(kind: type[LabelledFaces], n: int, seed: int, part: str | None = None) -> LabelledFaces:
    rng = np.random.default_rng(seed)
    images = rng.integers(0, 256, (n, 24, 24, 3), dtype=np.uint8)
    targets = np.eye(3, dtype=np.float32)[rng.integers(3, size=n)]
    return kind(images, targets, tuple(map(str, range(n))), ("a", "b", "c"), "noise", part=part)


def by_subnet(labels: Labels) -> list[tuple[bytes, int]]:
    return sorted(zip(map(bytes, labels.genes), labels.right.tolist(), strict=True))


def test_two_ray_workers_give_the_same_labels_as_none_though_one_is_killed(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent), prepend=os.pathsep)  # to find DeadlyFaces
    torch.manual_seed(0)
    work = Work(SuperNet(tiny_space(), 3), noise(LabelledFaces, 8, 0), noise(LabelledFaces, 20, 1))
    plan = drawn_plan("graded", seed=5)
    alone = label_subnets(work, plan, 16, tmp_path / "alone.parquet", chunk=4)
    deadly = noise(DeadlyFaces, 20, 1, str(tmp_path / "one died"))
    done: list[tuple[int, int]] = []
    together = label_subnets(
        replace(work, search_split=deadly, memory_bytes=2e8),
        plan,
        16,
        tmp_path / "together.parquet",
        chunk=4,
        spread=RayCluster("local", workers=2),
        progress=lambda d, t: done.append((d, t)),
    )
    assert (tmp_path / "one died").exists()
    assert by_subnet(alone) == by_subnet(together) == by_subnet(Labels.load(tmp_path / "together.parquet"))
    assert done[-1] == (16, 16) and done == sorted(done)


@pytest.mark.parametrize("address", ["127.0.0.1:1", "ray://127.0.0.1:1", "somewhere"])
def test_a_cluster_that_is_not_there_is_told(address) -> None:
    work = Work(SuperNet(tiny_space(), 3), noise(LabelledFaces, 8, 0), noise(LabelledFaces, 20, 1))
    with pytest.raises(InputError, match=r"no cluster answers.*ray://HOST:10001 elsewhere"):
        list(RayCluster(address)(work, np.zeros((0, 7), np.uint8), 48))


def test_a_labelling_that_was_stopped_goes_on_on_the_cluster(tmp_path) -> None:
    torch.manual_seed(0)
    work = Work(SuperNet(tiny_space(), 3), noise(LabelledFaces, 8, 0), noise(LabelledFaces, 20, 1))
    plan, path, cluster = drawn_plan("graded", seed=5), tmp_path / "stopped.parquet", RayCluster("local", workers=2)

    def lose_patience(done: int, total: int) -> None:
        if done >= 4:
            raise KeyboardInterrupt

    alone = label_subnets(work, plan, 16, tmp_path / "alone.parquet", chunk=4)
    with pytest.raises(KeyboardInterrupt):
        label_subnets(work, plan, 16, path, chunk=4, spread=cluster, progress=lose_patience)
    kept = len(Labels.load(path))
    assert 4 <= kept < 16
    done: list[tuple[int, int]] = []
    together = label_subnets(work, plan, 16, path, chunk=4, spread=cluster, progress=lambda d, t: done.append((d, t)))
    assert done[0][1] == 16 - kept and done[-1] == (16 - kept, 16 - kept)
    assert by_subnet(alone) == by_subnet(together) == by_subnet(Labels.load(path))
