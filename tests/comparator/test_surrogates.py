import json
from pathlib import Path

import numpy as np
import pytest

from facefit.comparator import (
    BoostingSurrogate,
    ByAccuracy,
    RidgeSurrogate,
    fit_rankings,
    fit_surrogate,
    pair_accuracy,
)
from facefit.comparator.splits import LearningSplit
from facefit.errors import ArtifactError
from facefit.space import ofa_mbv3
from facefit.space.population import sample

KINDS = [RidgeSurrogate, BoostingSurrogate]


@pytest.fixture(params=KINDS, ids=lambda kind: kind.__name__)
def surrogate(request, space, labels):
    return request.param.fit(space, *labels, np.random.default_rng(0))


def test_predicts_unseen_subnets_with_the_error_it_admits(surrogate, truth):
    rng = np.random.default_rng(1)
    genes = sample(surrogate.space, 3000, rng)
    labels = truth.predict_accuracy(genes) + 0.05 * rng.standard_normal(len(genes))
    errors = surrogate.predict_accuracy(genes) - labels
    assert np.sqrt(np.mean(errors**2)) == pytest.approx(surrogate.rmse, rel=0.25)
    assert surrogate.rmse < 0.6 * labels.std()
    assert abs(errors.mean()) < 0.3 * surrogate.rmse


def test_acts_as_an_antisymmetric_comparator(surrogate, truth):
    a, b = np.split(sample(surrogate.space, 2000, np.random.default_rng(2)), 2)
    by_accuracy = ByAccuracy(surrogate)
    preferred = by_accuracy.prefer(a, b)
    assert (preferred == 1 - by_accuracy.prefer(b, a)).all()
    assert pair_accuracy(preferred, truth.predict_accuracy(a), truth.predict_accuracy(b)) > 0.82


def test_saved_and_loaded_it_predicts_the_same(surrogate, tmp_path: Path):
    path = tmp_path / "fer.accuracy"
    surrogate.save(path)
    assert path.stat().st_size < 500_000
    loaded = type(surrogate).load(path, surrogate.space)
    genes = sample(surrogate.space, 100, np.random.default_rng(3))
    np.testing.assert_allclose(loaded.predict_accuracy(genes), surrogate.predict_accuracy(genes), atol=1e-4)
    assert loaded.rmse == surrogate.rmse
    assert loaded.predict_accuracy(genes[:0]).shape == (0,)


def test_damage_and_other_spaces_are_refused(surrogate, tmp_path: Path):
    path = tmp_path / "fer.accuracy"
    surrogate.save(path)
    with pytest.raises(ArtifactError, match="space"):
        type(surrogate).load(path, ofa_mbv3())
    content = json.loads(path.read_text())
    path.write_text(json.dumps({**content, "rmse": None}))
    with pytest.raises(ArtifactError, match="fit it again"):
        type(surrogate).load(path)
    other = next(kind for kind in KINDS if kind is not type(surrogate))
    with pytest.raises(ArtifactError, match="schema"):
        other.load(path)


def test_ridge_finds_an_additive_rule_from_clean_labels(space):
    rng = np.random.default_rng(4)
    genes = sample(space, 1500, rng)
    gains = rng.random((space.positions, 1 + len(space.choices)))
    values = gains[np.arange(space.positions), genes[:, 1:]].sum(axis=1)
    fitted = RidgeSurrogate.fit(space, genes[:1200], values[:1200], rng)
    errors = fitted.predict_accuracy(genes[1200:]) - values[1200:]
    assert np.sqrt(np.mean(errors**2)) < 0.05 * values.std()


def test_a_remembering_preference_asks_for_each_subnet_once_and_answers_alike(space, truth, counted):
    genes = sample(space, 40, np.random.default_rng(0))
    remembering = ByAccuracy(counted).remembering()
    for _ in range(3):
        told = remembering.prefer(genes[:20], genes[20:])
    assert np.array_equal(told, ByAccuracy(truth).prefer(genes[:20], genes[20:]))
    assert counted.asked == len(np.unique(genes, axis=0))


def test_all_rankings_are_judged_on_the_same_subnets_and_the_surrogate_is_that_of_a_fit_alone(
    space, labels, monkeypatch
):
    genes, accuracy = (part[:160] for part in labels)
    splits: list[LearningSplit] = []
    of = LearningSplit.of
    monkeypatch.setattr(LearningSplit, "of", lambda *given: splits.append(of(*given)) or splits[-1])
    found = fit_rankings(space, genes, accuracy, np.random.default_rng(3))
    assert len(splits) == 1
    judging = len(splits[0].judging)
    assert found.comparator.quality.held_out_subnets == found.concatenating.quality.held_out_subnets == judging
    assert len(found.surrogate_judged.wins) == judging
    assert found.surrogate_judged.pair_accuracy > 0.7 and found.surrogate_judged.kendall_tau > 0.4
    alone = fit_surrogate(space, genes, accuracy, np.random.default_rng(3))
    assert type(alone) is type(found.surrogate) and alone.rmse == found.surrogate.rmse
    assert np.array_equal(alone.predict_accuracy(genes), found.surrogate.predict_accuracy(genes))


@pytest.mark.parametrize("kind", KINDS)
def test_the_error_is_that_of_predictions_for_subnets_not_learnt_from(kind, space, labels):
    genes, accuracy = (part[:160] for part in labels)
    rng = np.random.default_rng(0)
    split = LearningSplit.of(space, genes, accuracy, rng)
    surrogate, predicted = kind.learn(split) if kind is RidgeSurrogate else kind.learn(split, rng)
    held_out = split.truth[split.judging]
    assert np.sqrt(np.mean((predicted - held_out) ** 2)) == pytest.approx(surrogate.rmse)
    after = surrogate.predict_accuracy(split.genes[split.judging]) - held_out
    assert np.sqrt(np.mean(after**2)) < surrogate.rmse  # since it has learnt from them
