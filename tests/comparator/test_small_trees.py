"""Small trees score as LightGBM does, to the last bit, and without it."""

from __future__ import annotations

import subprocess
import sys

import lightgbm as lgb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from facefit.comparator import BoostingSurrogate, TreeSettings
from facefit.comparator.small_trees import MOST_LEAVES, small_trees
from facefit.comparator.trees import TreeModel


def grown(leaves: int, trees: int, objective: str, seed: int) -> tuple[lgb.Booster, np.ndarray]:
    rng = np.random.default_rng(seed)
    features = rng.integers(0, 5, (400, 6)).astype(np.float32)
    target = features[:, 0] * features[:, 1] - features[:, 2] + rng.standard_normal(400)
    if objective == "binary":
        target = (target > 0).astype(float)
    parameters = TreeSettings(leaves=leaves, least_rows_in_leaf=5).parameters(objective, seed)
    data = lgb.Dataset(features, target, params={"verbose": -1})
    return lgb.train(parameters, data, trees), features


@settings(max_examples=25, deadline=None)
@given(
    leaves=st.integers(2, MOST_LEAVES),
    trees=st.integers(1, 60),
    objective=st.sampled_from(["binary", "regression"]),
    seed=st.integers(0, 999),
)
def test_scores_are_those_of_lightgbm(leaves, trees, objective, seed):
    booster, features = grown(leaves, trees, objective, seed)
    small = small_trees(booster.model_to_string())
    assert small is not None
    others = np.random.default_rng(seed).normal(2, 3, (50, 6)).astype(np.float32)
    for rows in (features, others, others[:1]):
        assert np.array_equal(small.score(rows), booster.predict(rows, raw_score=True))
    assert small.score(features[:0]).shape == (0,)


def test_many_rows_score_as_few():
    booster, features = grown(4, 20, "regression", 0)
    small = small_trees(booster.model_to_string())
    assert small is not None
    many = np.tile(features, (12, 1))
    assert np.array_equal(small.score(many), np.tile(small.score(features), 12))


def test_trees_that_never_split_have_one_value():
    features = np.zeros((40, 2), np.float32)
    data = lgb.Dataset(features, np.arange(40.0), params={"verbose": -1})
    booster = lgb.train(TreeSettings().parameters("regression", 0), data, 3)
    small = small_trees(booster.model_to_string())
    assert small is not None
    assert np.array_equal(small.score(features), booster.predict(features, raw_score=True))


def test_larger_trees_are_left_to_lightgbm():
    booster, features = grown(MOST_LEAVES + 1, 10, "regression", 1)
    text = booster.model_to_string()
    assert small_trees(text) is None
    assert np.array_equal(TreeModel(text).score(features), booster.predict(features, raw_score=True))
    assert TreeModel(text).trees == 10


@pytest.mark.parametrize("leaves", [4, MOST_LEAVES + 5])
def test_what_is_kept_of_trees_is_what_predictions_ask_for(leaves):
    booster, features = grown(leaves, 10, "regression", 2)
    target = booster.predict(features)
    model = TreeModel.fit(features, target, 10, "regression", TreeSettings(leaves=leaves, least_rows_in_leaf=5), 2)
    kept, whole = model.to_json()["lightgbm"], booster.model_to_string()
    assert "leaf_value=" in kept and "leaf_weight=" not in kept and len(kept) < len(whole)
    assert np.array_equal(TreeModel(kept).score(features), lgb.Booster(model_str=kept).predict(features))


@pytest.mark.parametrize("damage", [("decision_type=2", "decision_type=1"), ("num_cat=0", "num_cat=1")])
def test_other_splits_are_left_to_lightgbm(damage):
    text = grown(4, 2, "regression", 2)[0].model_to_string()
    assert damage[0] in text and small_trees(text.replace(*damage)) is None
    assert small_trees("tree\n") is None


def test_a_surrogate_is_read_without_lightgbm(space, labels, tmp_path):
    path = tmp_path / "surrogate.json"
    BoostingSurrogate.fit(space, *labels, np.random.default_rng(0)).save(path)
    code = (
        "import sys; sys.modules['lightgbm'] = None\nfrom pathlib import Path\n"
        "from facefit.comparator import BoostingSurrogate\nimport numpy as np\n"
        "s = BoostingSurrogate.load(Path(sys.argv[1]))\n"
        "print(s.predict_accuracy(np.ones((1, 1 + s.space.positions), np.uint8))[0])"
    )
    path_entries = ":".join(entry for entry in sys.path if entry)
    run = [sys.executable, "-c", code, str(path)]
    told = subprocess.run(run, capture_output=True, text=True, check=True, env={"PYTHONPATH": path_entries})
    genes = np.ones((1, 1 + space.positions), np.uint8)
    assert float(told.stdout) == BoostingSurrogate.load(path).predict_accuracy(genes)[0]
