"""Labels: the same numbers as one by one, and nothing lost when interrupted."""

import weakref
from copy import deepcopy
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from spaces import tiny_space

from facefit.errors import ArtifactError, InputError, LabellingError
from facefit.faces.dataset import LabelledFaces
from facefit.labels.labelling import label_subnets
from facefit.labels.memory import Portions
from facefit.labels.plan import graded_labels, uniform_labels
from facefit.labels.plans import drawn_plan
from facefit.labels.shared_prefix import SharedPrefixEvaluator
from facefit.labels.statistics import observe_statistics, statistics_cost
from facefit.labels.store import Labels
from facefit.labels.thresholds import learn_thresholds
from facefit.labels.workers import Work, chunks, label_chunks
from facefit.space import ofa_mbv3
from facefit.space.costs import additive_cost, additive_table
from facefit.space.population import decode, encode, sample
from facefit.supernet.images import network_input
from facefit.supernet.network import SuperNet
from facefit.weights.statistics import StatisticsModel


@pytest.fixture(scope="module")
def net() -> SuperNet:
    torch.manual_seed(0)
    net = SuperNet(tiny_space(), 3)
    for name, parameter in net.named_parameters():
        parameter.data.add_((0.3 if "norm" in name else 0.1) * torch.randn_like(parameter))
    return net


def faces(n: int, seed: int) -> LabelledFaces:
    rng = np.random.default_rng(seed)
    images = rng.integers(0, 256, (n, 24, 24, 3), dtype=np.uint8)
    targets = np.eye(3, dtype=np.float32)[rng.integers(3, size=n)]
    return LabelledFaces(images, targets, tuple(map(str, range(n))), ("a", "b", "c"), "noise")


@pytest.mark.skipif(not torch.cuda.is_available(), reason="PyTorch finds no GPU here")
def test_a_gpu_gives_the_labels_of_a_cpu(net: SuperNet, monkeypatch: pytest.MonkeyPatch) -> None:
    genes = graded_labels(net.space, 40, np.random.default_rng(0))
    (chunk, *_) = chunks(genes, 40)
    work = Work(deepcopy(net), faces(16, 0), faces(300, 1))
    gpu = work.label(chunk)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    cpu = replace(work, net=net).label(chunk)
    assert np.abs(gpu.right - cpu.right).max() <= 1  # of 300: rounding decides where two classes are as likely
    assert gpu.log_likelihood == pytest.approx(cpu.log_likelihood, rel=1e-4)


@pytest.mark.parametrize("portions", [None, Portions(images=30, subnets=1), Portions(images=7, subnets=3)])
def test_shared_prefixes_give_the_same_numbers(net: SuperNet, portions: Portions | None) -> None:
    genes = graded_labels(net.space, 40, np.random.default_rng(0))
    calibration, split = faces(16, 0), faces(30, 1)
    for r, resolution in enumerate(net.space.resolutions):
        subnets = decode(net.space, genes[genes[:, 0] == r])
        images = network_input(calibration, resolution), network_input(split, resolution)
        evaluator = SharedPrefixEvaluator(net, calibration, split, portions)
        seen = set()
        for i, right, likely, statistics in evaluator.evaluate(subnets):
            alone = net.recalibrate(subnets[i], images[0])
            logits = net.evaluate(subnets[i], images[1], alone).logits
            assert right == (logits.argmax(1).numpy() == split.labels).sum()
            loss = torch.nn.functional.cross_entropy(logits.double(), torch.from_numpy(split.labels))
            assert likely == pytest.approx(-loss.item(), rel=1e-6)
            assert statistics.keys() == alone.keys()
            for name, (mean, variance) in alone.items():
                assert torch.equal(mean, statistics[name][0]) and torch.equal(variance, statistics[name][1])
            seen.add(i)
        assert seen == set(range(len(subnets)))


def test_calibration_images_are_gone_before_others_are_judged(net: SuperNet, monkeypatch) -> None:
    made: list[weakref.ref[torch.Tensor]] = []

    def noted(images: LabelledFaces, size: int) -> torch.Tensor:
        assert not any(tensor() is not None for tensor in made[:1])
        x = network_input(images, size)
        made.append(weakref.ref(x))
        return x

    monkeypatch.setattr("facefit.labels.shared_prefix.network_input", noted)
    evaluator = SharedPrefixEvaluator(net, faces(16, 0), faces(30, 1), Portions(images=15, subnets=4))
    assert len(list(evaluator.evaluate([net.space.smallest]))) == 1
    assert len(made) == 3


def by_subnet(labels: Labels) -> list[tuple[bytes, int]]:
    return sorted(zip(map(bytes, labels.genes), labels.right.tolist(), strict=True))


def test_labels_resume_where_they_stopped(net: SuperNet, tmp_path) -> None:
    plan = drawn_plan("uniform", seed=2)
    work = Work(net, faces(8, 0), faces(20, 1))
    whole = label_subnets(work, plan, 12, tmp_path / "whole.parquet")

    def interrupt(done: int, total: int) -> None:
        if done >= 4:
            raise KeyboardInterrupt

    path = tmp_path / "resumed.parquet"
    with pytest.raises(KeyboardInterrupt):
        label_subnets(work, plan, 12, path, chunk=2, progress=interrupt)
    kept = len(Labels.load(path))
    assert 4 <= kept <= 5
    done: list[tuple[int, int]] = []
    resumed = label_subnets(work, plan, 12, path, chunk=2, progress=lambda d, t: done.append((d, t)))
    assert done[-1] == (12 - kept, 12 - kept)
    assert by_subnet(resumed) == by_subnet(whole) == by_subnet(Labels.load(path))
    with pytest.raises(ArtifactError, match="another SuperNet or of other photos"):
        label_subnets(Work(net, faces(8, 0), faces(21, 1)), plan, 12, path)
    another = deepcopy(net)
    another.classifier.bias.data.add_(1)
    with pytest.raises(ArtifactError, match="another SuperNet or of other photos"):
        label_subnets(Work(another, faces(8, 0), faces(20, 1)), plan, 12, path)


def test_only_one_labelling_fills_a_file_at_a_time(net: SuperNet, tmp_path) -> None:
    plan, work, path = drawn_plan("uniform", seed=2), Work(net, faces(8, 0), faces(20, 1)), tmp_path / "labels.parquet"
    (tmp_path / "somebody's").touch()
    refused: list[str] = []

    def meanwhile(done: int, total: int) -> None:
        with pytest.raises(LabellingError, match=r"labels.parquet: another .* wait") as caught:
            label_subnets(work, drawn_plan("graded", seed=3), 12, path)
        refused.append(str(caught.value))

    label_subnets(work, plan, 6, path, chunk=4, progress=meanwhile)
    assert refused and Labels.load(path).plan_counts == {"uniform": 6}
    assert len(label_subnets(work, plan, 8, path)) == 8
    assert {file.name for file in tmp_path.iterdir()} == {"labels.parquet", ".labels.lock", "somebody's"}


def test_two_workers_give_the_same_labels_as_none(net: SuperNet, tmp_path) -> None:
    plan = drawn_plan("graded", seed=5)
    work = Work(net, faces(8, 0), faces(20, 1))
    alone = label_subnets(work, plan, 16, tmp_path / "alone.parquet", chunk=4)
    spread = partial(label_chunks, workers=2)
    together = label_subnets(work, plan, 16, tmp_path / "together.parquet", chunk=4, spread=spread)
    assert by_subnet(alone) == by_subnet(together)


@given(n=st.integers(0, 300), most=st.integers(1, 60), at_once=st.integers(1, 12))
def test_chunks_hold_all_subnets_and_give_work_to_all_workers(n: int, most: int, at_once: int) -> None:
    genes = sample(tiny_space(), n, np.random.default_rng(n))
    parts = chunks(genes, most, at_once)
    assert sorted(row.tobytes() for part in parts for row in part) == sorted(row.tobytes() for row in genes)
    assert all(len(part) <= most and len(np.unique(part[:, 0])) == 1 for part in parts)
    if at_once > 1:
        assert all(len(part) <= n / (2 * at_once) + 1 for part in parts)
        assert len(parts) >= min(n, at_once)
    elif n:
        assert len(parts) <= n / most + 2  # resolutions


def test_damaged_labels_are_refused(net: SuperNet, tmp_path) -> None:
    path = tmp_path / "labels.parquet"
    genes = uniform_labels(net.space, 4, np.random.default_rng(0))
    Labels.empty(net.space, 10, "noise", "here").merged(genes, np.arange(4), "uniform").save(path)
    table = pq.read_table(path)
    pq.write_table(table.set_column(1, "right", pa.array([0, 1, 2, 9])), path)
    with pytest.raises(ArtifactError, match="checksum"):
        Labels.load(path)
    pq.write_table(pa.table({"genes": [[1, 2]]}), path)
    with pytest.raises(ArtifactError, match="no header of facefit"):
        Labels.load(path)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(ArtifactError, match=r"not a whole label file \(.*; move it away, then call 'facefit label'"):
        Labels.load(path)
    with pytest.raises(InputError, match=r"cannot be read \(Is a directory\)"):
        Labels.load(tmp_path)
    with pytest.raises(InputError, match="no such file"):
        Labels.load(tmp_path / "missing.parquet")


def test_likelihoods_are_kept_and_unknown_for_labels_without(net: SuperNet, tmp_path: Path) -> None:
    path, genes = tmp_path / "labels.parquet", uniform_labels(net.space, 4, np.random.default_rng(0))
    likely = np.array([-0.5, -0.25, -1.0, -2.0])
    Labels.empty(net.space, 10, "noise", "here").merged(genes, np.arange(4), "uniform", likely).save(path)
    labels = Labels.load(path)
    assert np.array_equal(labels.log_likelihood, likely)
    more = uniform_labels(net.space, 6, np.random.default_rng(1))
    both = labels.merged(more, np.zeros(6, np.int64), "uniform")
    assert np.isnan(both.log_likelihood).sum() == len(both) - 4
    assert np.array_equal(both.where(np.arange(2)).log_likelihood, both.log_likelihood[:2], equal_nan=True)


def test_graded_labels_reach_the_fast_end() -> None:
    space = ofa_mbv3()
    macs = additive_table(space, lambda layer: layer.macs)
    uniform, graded = (
        additive_cost(plan(space, 600, np.random.default_rng(6)), macs) for plan in (uniform_labels, graded_labels)
    )
    fast = np.quantile(uniform, 0.02)
    assert (graded < fast).mean() > 0.15
    assert (graded > np.median(uniform)).mean() > 0.08


def test_plans_draw_distinct_subnets_and_share_prefixes() -> None:
    space = tiny_space()
    for plan in (uniform_labels, graded_labels):
        genes = plan(space, 60, np.random.default_rng(3))
        assert len(np.unique(genes, axis=0)) == 60
        assert np.array_equal(encode(space, decode(space, genes)), genes)
        assert np.array_equal(genes, plan(space, 60, np.random.default_rng(3)))


def test_predicted_statistics_are_close_to_observed_ones(net: SuperNet, tmp_path) -> None:
    rng = np.random.default_rng(4)
    calibration = faces(32, 0)
    genes = uniform_labels(net.space, 220, rng)
    observed = observe_statistics(net, genes, calibration)
    model = StatisticsModel.fit(net.space, genes[:200], observed[:200])
    model.save(tmp_path / "statistics.safetensors")
    model = StatisticsModel.load(tmp_path / "statistics.safetensors", net.space)
    average: dict[str, list[np.ndarray]] = {}
    for statistics in observed[:200]:
        for name, (mean, _) in statistics.items():
            average.setdefault(name, []).append(mean)
    predicted_error, average_error = 0.0, 0.0
    for subnet, statistics in zip(decode(net.space, genes[200:]), observed[200:], strict=True):
        predicted = model.predict(subnet)
        assert predicted.keys() == statistics.keys()
        for name, (mean, variance) in statistics.items():
            assert predicted[name][0].shape == mean.shape and (predicted[name][1] > 0).all()
            predicted_error += float(np.mean((predicted[name][0] - mean) ** 2 / variance))
            centre = np.mean([m[: len(mean)] for m in average[name] if len(m) >= len(mean)], axis=0)
            average_error += float(np.mean((centre - mean) ** 2 / variance))
    assert predicted_error < 0.5 * average_error
    cost = statistics_cost(net, model, genes[200:204], calibration, faces(40, 1))
    assert cost.exact.shape == cost.predicted.shape == (4,)
    summary = cost.summary(faces(40, 1))
    assert summary.interval[0] <= summary.points == pytest.approx(100 * (cost.exact - cost.predicted).mean())
    replace(model, cost=summary).save(tmp_path / "statistics.safetensors")
    assert StatisticsModel.load(tmp_path / "statistics.safetensors", net.space).cost == summary


def test_what_is_judged_becomes_floats_a_batch_at_a_time(net: SuperNet, monkeypatch) -> None:
    seen: list[int] = []

    def noted(images: LabelledFaces, size: int) -> torch.Tensor:
        seen.append(len(images))
        return network_input(images, size)

    genes = uniform_labels(net.space, 200, np.random.default_rng(4))
    calibration, split = faces(8, 0), faces(600, 1)
    model = StatisticsModel.fit(net.space, genes, observe_statistics(net, genes, calibration))
    monkeypatch.setattr("facefit.supernet.images.network_input", noted)
    statistics_cost(net, model, genes[:2], calibration, split)
    judged = sum(seen)
    learn_thresholds(net, model, genes[:2], {"aligned": split})
    assert len(split) * 2 * 2 == judged and max(seen) <= 256
    assert sum(seen) - judged == 2 * 3 * 5  # five photos of each person


def test_statistics_want_enough_subnets(net: SuperNet) -> None:
    genes = encode(net.space, [net.space.smallest])
    observed = observe_statistics(net, genes, faces(8, 0))
    with pytest.raises(InputError, match="never saw block"):
        StatisticsModel.fit(net.space, genes, observed)
