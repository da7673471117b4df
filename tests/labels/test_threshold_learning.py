"""Which subnets are asked for thresholds, and what is learnt from them of all others."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from bundles import noise_faces
from hypothesis import given
from hypothesis import strategies as st
from spaces import tiny_space

from facefit.evaluation.weighed_pairs import WeighedPairs
from facefit.faces.alignment import VIEWS
from facefit.faces.dataset import LabelledFaces
from facefit.faces.subnet_thresholds import Thresholds
from facefit.labels.asked_subnets import asked_subnets
from facefit.labels.plan import smallest_and_largest, uniform_labels
from facefit.labels.statistics import observe_statistics
from facefit.labels.store import Labels
from facefit.labels.threshold_regression import PENALTY, learn_figure
from facefit.labels.thresholds import learn_thresholds
from facefit.space.costs import additive_cost, additive_table
from facefit.space.population import decode, encode, keys
from facefit.space.shape import shape_names, shapes
from facefit.supernet.images import answers_to
from facefit.supernet.network import SuperNet
from facefit.supernet.reference import from_arrays
from facefit.weights.statistics import StatisticsModel

SPACE = tiny_space()
NAMES = shape_names(SPACE)


def labelled(n: int) -> Labels:
    genes = uniform_labels(SPACE, n, np.random.default_rng(0))
    right = 2 * genes.astype(np.int64).sum(axis=1)
    return Labels.empty(SPACE, 1000, "noise-search", "noise").merged(genes, right, "uniform")


@given(st.integers(2, 60), st.integers(1, 80))
def test_as_many_different_ones_are_asked_as_wanted_the_largest_first(n: int, labels: int) -> None:
    asked = asked_subnets(labelled(labels), n, np.random.default_rng(1))
    assert len(asked) == n == len(set(keys(asked)))
    assert decode(SPACE, asked[:1]) == [SPACE.largest]


def test_those_that_a_fit_would_choose_are_asked_and_the_ends_and_poor_ones() -> None:
    labels = labelled(400)
    asked = set(keys(asked_subnets(labels, 48, np.random.default_rng(1))))
    assert asked >= set(keys(smallest_and_largest(SPACE)))
    macs = additive_cost(labels.genes, additive_table(SPACE, lambda layer: layer.macs))
    order = np.argsort(macs, kind="stable")
    for band in np.array_split(order, 24):
        assert keys(labels.genes[band[[labels.right[band].argmax()]]])[0] in asked
    accuracy = labels.right[[key in asked for key in keys(labels.genes)]]
    assert accuracy.min() == labels.right.min() and accuracy.max() == labels.right.max()


def some(n: int) -> tuple[np.ndarray, np.ndarray]:
    """What is known of random subnets, and noise."""
    rng = np.random.default_rng(n)
    return shapes(SPACE, uniform_labels(SPACE, n, rng)), rng.normal(size=n)


def test_what_depends_on_a_subnet_is_predicted_for_others() -> None:
    (known, noise), (others, _) = some(60), some(40)
    figure = learn_figure(NAMES, known, 0.3 + 0.1 * known[:, 2] - 0.02 * known[:, 1] + 0.002 * noise)
    assert figure.slopes["shallow_1"] == pytest.approx(0.1, abs=0.01) and 0.001 < figure.error < 0.006
    wanted = np.clip(0.3 + 0.1 * others[:, 2] - 0.02 * others[:, 1], *figure.range)
    predicted = [figure.of(dict(zip(NAMES, row, strict=True))) for row in others.tolist()]
    np.testing.assert_allclose(predicted, wanted, atol=0.01)


def test_what_does_not_is_the_mean_of_all() -> None:
    known, noise = some(30)
    figure = learn_figure(NAMES, known, 0.5 + 0.01 * noise)
    assert figure.slopes == {} and figure.constant == pytest.approx(0.5 + 0.01 * noise.mean())
    assert figure.error == pytest.approx(0.01 * noise.std(ddof=1) * np.sqrt(30 / 29))
    assert learn_figure(NAMES, known[:2], np.array([0.4, 0.6])).error > 0


def test_errors_are_those_of_subnets_that_were_left_out() -> None:
    known, noise = some(25)
    observed = 0.1 * known[:, 2] + 0.05 * known[:, 1] + 0.01 * noise
    figure, spread = learn_figure(NAMES, known, observed), known.std(axis=0)
    assert set(figure.slopes) == set(NAMES)
    errors = []
    for i in range(25):
        rows = np.arange(25) != i
        centre = known[rows].mean(axis=0)
        x, y = (known[rows] - centre) / spread, observed[rows]
        slopes = np.linalg.solve(x.T @ x + PENALTY * np.eye(len(NAMES)), x.T @ (y - y.mean()))
        errors.append(observed[i] - y.mean() - (known[i] - centre) / spread @ slopes)
    assert figure.error == pytest.approx(np.sqrt(np.mean(np.square(errors))), rel=1e-9)


@pytest.fixture(scope="module")
def net() -> SuperNet:
    torch.manual_seed(0)
    net = SuperNet(SPACE, 3).eval()
    for parameter in net.parameters():
        parameter.data.add_(0.1 * torch.randn_like(parameter))
    return net


def test_each_view_has_its_own_and_the_largest_tells_how_far_people_move_them(net: SuperNet, tmp_path: Path) -> None:
    rng, person = np.random.default_rng(0), np.repeat(np.arange(14), 3)
    seen = uniform_labels(SPACE, 60, rng)
    model = StatisticsModel.fit(SPACE, seen, observe_statistics(net, seen, noise_faces(48, 32, 1)))
    people = tuple(f"n{i}" for i in range(14))
    names = tuple(f"{people[one]}/{i}.jpg" for i, one in enumerate(person))
    portraits = {
        view: LabelledFaces(noise_faces(42, 32, i).images, person, names, people, "one-shot")
        for i, view in enumerate(VIEWS)
    }
    genes, told = asked_subnets(labelled(60), 9, rng), list[tuple[int, int]]()
    found = learn_thresholds(net, model, genes, portraits, lambda *done: told.append(done))
    assert told[-1] == (9, 9) and found.subnets == 9 and found.views.keys() == set(VIEWS)
    statistics = from_arrays(model.predict(SPACE.largest), net.device)
    for view, faces in portraits.items():
        pairs = WeighedPairs.of(person)
        descriptors = answers_to(net, SPACE.largest, faces, statistics)[0]
        of_view, figures = found.views[view], pairs.figures(descriptors)
        assert of_view.calibrated_on == f"{pairs.told()}, {view}"
        for (tar, threshold), far in zip(pairs.estimates(descriptors), ("0.01", "0.001"), strict=True):
            low, high = threshold.interval
            assert of_view.beside[far] == pytest.approx((threshold.value - low, high - threshold.value))
            least, most = of_view.thresholds[far].range
            assert least <= threshold.value <= most and of_view.tar[far].range[0] <= tar.value
        assert figures[0, 1] <= figures[1, 1]
    assert found.views["aligned"].thresholds != found.views["cropped"].thresholds
    found.save(tmp_path / "thresholds.json")
    assert Thresholds.load(tmp_path / "thresholds.json", SPACE) == found
    card = found.identification(SPACE, decode(SPACE, encode(SPACE, [SPACE.smallest]))[0])
    assert card["thresholds"].keys() == card["other_views"]["cropped"]["thresholds"].keys() == {"0.01", "0.001"}
