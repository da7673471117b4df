"""Label plans: what each draws, and that labels remember which plan gave them."""

import json
import re
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from spaces import tiny_space

from facefit.bundle import LABELS, Bundle
from facefit.errors import ArtifactError, InputError
from facefit.labels.active import LEAST_LABELS
from facefit.labels.bands import band_edges, band_of, banded_labels, banded_trees
from facefit.labels.memory import least_memory, portions_within
from facefit.labels.plan import graded_labels, uniform_labels
from facefit.labels.plans import ActivePlan, GivenSubnets, drawn_plan
from facefit.labels.store import UNRECORDED, Labels
from facefit.space import ofa_mbv3
from facefit.space.costs import LargestSum, additive_table
from facefit.space.population import decode, encode, sample


@pytest.fixture(scope="module", params=["one sum", "two sums"])
def latency(space, request):
    """MACs stand for latency, in millions; those of parameters count beyond some size."""
    fixed, blocks = additive_table(space, lambda layer: layer.macs / 1e6)
    more_fixed, more_blocks = additive_table(space, lambda layer: layer.macs / 1e6 + layer.parameters / 5e5)
    beyond = (more_fixed - 11, more_blocks)
    return LargestSum(((fixed, blocks), beyond) if request.param == "two sums" else ((fixed, blocks),))


def test_bands_get_equal_shares_where_uniform_subnets_crowd_in_few(space, latency):
    edges, rng = band_edges(space, latency), np.random.default_rng(0)
    banded = banded_labels(space, 400, rng, latency, edges)
    shares = np.bincount(band_of(edges, latency.of(banded)), minlength=8) / len(banded)
    uniform = uniform_labels(space, 400, rng)
    crowded = np.bincount(band_of(edges, latency.of(uniform)), minlength=8) / len(uniform)
    assert len(np.unique(banded, axis=0)) == 400
    assert shares.min() > 0.08 and shares.max() < 0.17
    assert crowded.min() == 0 and crowded.max() > 0.3


def test_trees_of_a_band_share_layers_and_keep_to_it(space, latency):
    edges, n = band_edges(space, latency), 480
    trees, alone = (draw(space, n, np.random.default_rng(0), latency, edges) for draw in (banded_trees, banded_labels))
    shares = np.bincount(band_of(edges, latency.of(trees)), minlength=8) / n
    assert len(np.unique(trees, axis=0)) == n
    assert shares.min() > 0.08 and shares.max() < 0.17
    shared = [[len(np.unique(g[:, : 1 + k * space.max_depth], axis=0)) for k in (2, 3, 4)] for g in (trees, alone)]
    assert shared[0][0] < 0.2 * n and shared[0][1] < 0.35 * n and shared[0][2] < 0.6 * n
    assert min(shared[1]) > 0.9 * n
    assert np.array_equal(trees, banded_trees(space, n, np.random.default_rng(0), latency, edges))


def test_trees_of_a_space_of_few_groups_are_of_that_space():
    few = tiny_space()
    table = additive_table(few, lambda layer: layer.macs / 1e6)
    latency = LargestSum((table,))
    trees = banded_trees(few, 60, np.random.default_rng(0), latency, band_edges(few, latency, 3))
    graded = graded_labels(few, 60, np.random.default_rng(0))
    for genes in (trees, graded):
        assert len(np.unique(genes, axis=0)) == 60
        assert np.array_equal(encode(few, decode(few, genes)), genes)


def test_a_band_is_drawn_as_uniform_subnets_that_lie_in_it(latency):
    space = ofa_mbv3(resolutions=(48,))
    latency = LargestSum(tuple((fixed[:1], blocks[:1]) for fixed, blocks in latency.sums))
    low, high = band_edges(space, latency)[3:5]
    rng = np.random.default_rng(1)
    banded = banded_labels(space, 3000, rng, latency, np.array([low, high]))
    inside = banded[(latency.of(banded) >= low) & (latency.of(banded) <= high)]
    assert len(inside) >= 2998  # all but the smallest and the largest
    by_rejection = sample(space, 60_000, rng)
    costs = latency.of(by_rejection)
    by_rejection = by_rejection[(costs >= low) & (costs <= high)]
    assert len(by_rejection) > 2000
    counted = latency.each(inside).argmax(axis=0)
    assert set(counted) == set(range(len(latency.sums)))
    for position in range(1, 1 + space.positions):
        ours, theirs = (np.bincount(g[:, position], minlength=10) / len(g) for g in (inside, by_rejection))
        assert np.abs(ours - theirs).max() < 0.05


def labelled(space, truth, genes, plan="uniform"):
    right = np.round(100 * truth.predict_accuracy(genes)).astype(np.int64)
    return Labels.empty(space, 10_000, "made up", "here").merged(genes, right, plan)


def test_active_labels_are_better_than_uniform_ones_in_the_same_bands(space, truth, latency):
    edges = band_edges(space, latency, 3)
    plan = ActivePlan(latency, edges, round_size=64, seed=0)
    first = plan.next(labelled(space, truth, np.zeros((0, 21), np.uint8)), 1000)
    assert len(first) == 64 and set(first.plans) == {"bands"}  # as long as there are too few labels to search by
    labels = labelled(space, truth, banded_labels(space, LEAST_LABELS, np.random.default_rng(2), latency, edges))
    chosen = plan.next(labels, 1000)
    proposed = chosen.genes[chosen.plans == "active"]
    assert len(np.unique(chosen.genes, axis=0)) == 64 == len(labels.missing(chosen.genes)) and len(proposed) > 48
    assert np.array_equal(chosen.genes, plan.next(labels, 1000).genes)
    others = banded_labels(space, 2000, np.random.default_rng(3), latency, edges)
    for band in range(3):
        ours, theirs = (g[band_of(edges, latency.of(g)) == band] for g in (proposed, others))
        assert len(ours) > 10 and len(theirs) > 100
        assert truth.predict_accuracy(ours).mean() > np.quantile(truth.predict_accuracy(theirs), 0.75)


def test_active_labels_do_not_depend_on_the_order_in_which_workers_were_done(space, truth, latency):
    edges, rng = band_edges(space, latency, 3), np.random.default_rng(5)
    labels = labelled(space, truth, uniform_labels(space, LEAST_LABELS, rng))
    plan = ActivePlan(latency, edges, round_size=12, seed=0)
    shuffled = labels.where(rng.permutation(len(labels)))
    assert np.array_equal(plan.next(labels, 12).genes, plan.next(shuffled, 12).genes)


class InterruptedOnce:
    """A surrogate during whose third prediction Ctrl-C is pressed."""

    def __init__(self, truth):
        self.space, self.rmse, self._truth, self._predictions = truth.space, truth.rmse, truth, 0

    def predict_accuracy(self, genes):
        self._predictions += 1
        if self._predictions == 3:
            raise KeyboardInterrupt
        return self._truth.predict_accuracy(genes)


def test_ctrl_c_during_a_search_for_labels_ends_the_labelling(space, truth, latency, monkeypatch):
    monkeypatch.setattr("facefit.labels.active.fit_surrogate", lambda *_: InterruptedOnce(truth))
    edges = band_edges(space, latency, 3)
    labels = labelled(space, truth, uniform_labels(space, LEAST_LABELS, np.random.default_rng(4)))
    with pytest.raises(KeyboardInterrupt):
        ActivePlan(latency, edges, round_size=64, seed=0).next(labels, 1000)


def test_labels_from_before_plans_were_recorded_still_load():
    """Of the first version, whose spaces did not know linear descriptors either."""
    table = pq.read_table(Path(__file__).parent / "first_version.parquet")
    header = json.loads(table.schema.metadata[b"facefit"])
    assert header["schema"] == 1 and "feature_activation" not in header["space"] and "plan" not in table.schema.names
    labels = Labels.load(Path(__file__).parent / "first_version.parquet")
    assert labels.plan_counts == {UNRECORDED: 1602} and np.isnan(labels.log_likelihood).all()
    assert UNRECORDED not in Labels.load(Bundle.load().folder / LABELS).plan_counts


def test_labels_remember_their_plan(space, truth, tmp_path):
    path = tmp_path / "labels.parquet"
    labels = labelled(space, truth, uniform_labels(space, 30, np.random.default_rng(0)))
    more = drawn_plan("graded", seed=1).next(labels, 10)
    labels = labels.merged(more.genes, np.full(10, 7), more.plans)
    labels.save(path)
    assert Labels.load(path).plan_counts == {"uniform": 30, "graded": 10}
    assert labels.where(np.arange(32)).plan_counts == {"uniform": 30, "graded": 2}
    table = pq.read_table(path)
    wrong = table["plan"].combine_chunks().take(np.arange(40)[::-1].copy())
    pq.write_table(table.set_column(3, "plan", wrong), path)
    with pytest.raises(ArtifactError, match="checksum"):
        Labels.load(path)


def test_given_subnets_are_those_without_a_label(space, truth):
    genes = uniform_labels(space, 6, np.random.default_rng(0))
    labels = labelled(space, truth, genes[[4, 1]])
    plan = GivenSubnets(genes)
    assert np.array_equal(plan.next(labels, 10).genes, genes[[0, 2, 3, 5]])
    assert len(plan.next(labelled(space, truth, genes), 10)) == 0


def test_portions_grow_with_the_memory_and_too_little_is_told(space):
    sizes = [portions_within(space, 64, 128, 2546, gb * 1e9) for gb in (0.25, 0.4, 0.8, 2.0)]
    images = [portions.images for portions in sizes]
    assert images == sorted(images) and images[0] < images[-1] == 2546
    with pytest.raises(InputError, match="128 calibration images at 64 px run as one batch and do not fit"):
        portions_within(space, 64, 128, 2546, 5e7)
    with pytest.raises(InputError, match="answers to 200000 images"):
        portions_within(space, 48, 128, 200_000, 1e9)


@given(
    resolution=st.sampled_from([48, 64]),
    calibration=st.integers(1, 1000),
    evaluation=st.integers(1, 300_000),
    share=st.floats(0.01, 1),
)
def test_memory_that_a_refusal_tells_to_allow_is_enough(space, resolution, calibration, evaluation, share):
    images = resolution, calibration, evaluation
    enough = least_memory(space, *images)
    portions_within(space, *images, enough)
    try:
        portions_within(space, *images, share * enough)
    except InputError as error:
        told = re.search(r"allow at least ([0-9.]+) GB$", str(error))
        assert told and enough <= float(told[1]) * 1e9 <= 1.02 * enough
