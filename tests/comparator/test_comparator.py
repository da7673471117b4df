import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facefit.comparator import Comparator, ConcatenatingComparator, TreeSettings, kendall_tau, pair_accuracy
from facefit.errors import ArtifactError, InputError
from facefit.space import ofa_mbv3
from facefit.space.population import sample


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), n=st.integers(0, 40))
def test_swapping_the_two_sides_gives_exactly_the_rest_of_one(comparator, seed, n):
    a, b = np.split(sample(comparator.space, 2 * n, np.random.default_rng(seed)), 2)
    forward, backward = comparator.prefer(a, b), comparator.prefer(b, a)
    assert (forward == 1 - backward).all()
    assert (backward == 1 - forward).all()
    assert ((forward >= 0) & (forward <= 1)).all()


def test_a_subnet_is_as_good_as_itself(comparator):
    genes = sample(comparator.space, 20, np.random.default_rng(3))
    assert (comparator.prefer(genes, genes) == 0.5).all()


def test_a_batch_answers_like_single_pairs(comparator):
    a, b = np.split(sample(comparator.space, 24, np.random.default_rng(4)), 2)
    one_by_one = [comparator.prefer(a[i : i + 1], b[i : i + 1])[0] for i in range(len(a))]
    assert comparator.prefer(a, b).tolist() == one_by_one


def test_learns_the_order_of_subnets_it_has_not_seen(comparator, truth):
    a, b = np.split(sample(comparator.space, 4000, np.random.default_rng(5)), 2)
    true_a, true_b = truth.predict_accuracy(a), truth.predict_accuracy(b)
    measured = pair_accuracy(comparator.prefer(a, b), true_a, true_b)
    assert measured > 0.85
    assert comparator.quality.kendall_tau > 0.6
    # 90 held-out subnets and noisy labels against 2,000 clean pairs.
    assert comparator.quality.pair_accuracy == pytest.approx(measured, abs=0.06)
    assert comparator.quality.held_out_subnets == 90


def test_judged_in_portions_the_figures_are_the_same(comparator, space, labels, monkeypatch):
    monkeypatch.setattr("facefit.comparator.quality._PORTION", 97)
    in_portions = Comparator.fit(space, *labels, np.random.default_rng(0)).quality
    assert asdict(in_portions) == pytest.approx(asdict(comparator.quality), rel=1e-12)


def test_labels_without_any_rule_are_reported_as_chance(space):
    rng = np.random.default_rng(6)
    quality = Comparator.fit(space, sample(space, 300, rng), rng.standard_normal(300), rng).quality
    assert quality.pair_accuracy == pytest.approx(0.5, abs=0.12)
    assert abs(quality.kendall_tau) < 0.25


def test_clones_among_the_labels_do_not_leak_into_the_judgement(space):
    rng = np.random.default_rng(8)
    genes, noise = sample(space, 100, rng), rng.standard_normal(100)
    quality = Comparator.fit(space, np.repeat(genes, 10, axis=0), np.repeat(noise, 10), rng).quality
    assert quality.labelled_subnets == 100
    assert quality.pair_accuracy < 0.8


def test_same_seed_same_model(space, labels):
    genes, accuracy = labels
    a, b = np.split(sample(space, 200, np.random.default_rng(9)), 2)
    first, second = (
        Comparator.fit(space, genes[:200], accuracy[:200], np.random.default_rng(1)).prefer(a, b) for _ in range(2)
    )
    assert (first == second).all()


def test_saved_and_loaded_it_answers_the_same(comparator, tmp_path: Path):
    path = tmp_path / "fer.comparator"
    comparator.save(path)
    assert path.stat().st_size < 600_000
    loaded = Comparator.load(path, comparator.space)
    a, b = np.split(sample(comparator.space, 400, np.random.default_rng(10)), 2)
    assert (loaded.prefer(a, b) == comparator.prefer(a, b)).all()
    assert loaded.quality == comparator.quality
    assert loaded.space == comparator.space


def _flip(text: str) -> str:
    at = text.index("leaf_value=") + 12
    return text[:at] + ("1" if text[at] != "1" else "2") + text[at + 1 :]


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda text: text[: len(text) // 2], "is not JSON"),
        (_flip, "checksum"),
        (lambda text: text.replace("facefit.comparator/1", "facefit.comparator/9"), "schema"),
        (lambda text: json.dumps({**json.loads(text), "quality": None}), "checksum"),
        (lambda text: json.dumps({**json.loads(text), "model": 3}), "checksum"),
        (lambda text: json.dumps({**json.loads(text), "space": {"name": "?"}}), "checksum"),
        (lambda text: "[]", "holds a list"),
    ],
)
def test_a_damaged_file_is_refused_in_one_line(comparator, tmp_path: Path, damage, said):
    path = tmp_path / "fer.comparator"
    comparator.save(path)
    path.write_text(damage(path.read_text()))
    with pytest.raises(ArtifactError, match=said) as caught:
        Comparator.load(path)
    assert "\n" not in str(caught.value)


def test_a_file_for_another_space_is_refused(comparator, tmp_path: Path):
    path = tmp_path / "fer.comparator"
    comparator.save(path)
    with pytest.raises(ArtifactError, match=r"for the space ofa-mbv3-w1\.2 .* expected ofa-mbv3-w1 "):
        Comparator.load(path, ofa_mbv3(width=1.0))


def test_a_missing_file_is_the_users_mistake(tmp_path: Path):
    with pytest.raises(InputError, match="no such file"):
        Comparator.load(tmp_path / "none.comparator")


def test_labels_that_cannot_be_learnt_from_are_refused(space):
    rng = np.random.default_rng(0)
    genes = sample(space, 50, rng)
    with pytest.raises(InputError, match="at least 20"):
        Comparator.fit(space, genes[:10], rng.random(10), rng)
    with pytest.raises(InputError, match="differ"):
        Comparator.fit(space, genes, np.full(50, 0.8), rng)
    with pytest.raises(InputError, match="finite"):
        Comparator.fit(space, genes, np.full(50, np.nan), rng)
    with pytest.raises(InputError, match="expected"):
        Comparator.fit(space, genes, rng.random(49), rng)


def test_genes_of_another_space_are_refused(comparator):
    genes = sample(comparator.space, 2, np.random.default_rng(0))
    with pytest.raises(InputError, match="shape"):
        comparator.prefer(genes[:, :-1], genes[:, :-1])
    genes[0, 0] = 3
    with pytest.raises(InputError, match="does not have"):
        comparator.prefer(genes, genes)


def test_the_order_by_wins_follows_the_truth(comparator, truth):
    genes = sample(comparator.space, 80, np.random.default_rng(12))
    a, b = np.divmod(np.arange(80 * 80), 80)
    wins = comparator.prefer(genes[a], genes[b]).reshape(80, 80).sum(axis=1)
    assert kendall_tau(wins, truth.predict_accuracy(genes)) > 0.65


def test_few_labels_still_give_a_model(space, truth):
    genes = sample(space, 24, np.random.default_rng(13))
    made = Comparator.fit(
        space, genes, truth.predict_accuracy(genes), np.random.default_rng(0), TreeSettings(most_trees=20)
    )
    assert made.quality.labelled_subnets == 24


def test_the_papers_comparator_ranks_but_contradicts_itself(space, labels, truth):
    concatenating = ConcatenatingComparator.fit(space, *labels, np.random.default_rng(0))
    genes = sample(space, 400, np.random.default_rng(5))
    a, b = genes[:200], genes[200:]
    told, accuracies = concatenating.prefer(a, b), [truth.predict_accuracy(side) for side in (a, b)]
    assert pair_accuracy(told, *accuracies) > 0.75
    assert np.abs(told + concatenating.prefer(b, a) - 1).max() > 0.01
    assert concatenating.quality.labelled_subnets == len(labels[0])
    assert concatenating.prefer(a[:0], b[:0]).shape == (0,)
