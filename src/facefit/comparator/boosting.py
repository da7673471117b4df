"""A small boosted regressor: the accuracy surrogate that does not assume which blocks interact."""

from __future__ import annotations

from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from facefit.comparator.features import Features, check_genes, choice_codes, subnet_features
from facefit.comparator.model_file import read_model, write_model
from facefit.comparator.quality import root_mean_square
from facefit.comparator.splits import LearningSplit
from facefit.comparator.trees import TreeModel, TreeSettings
from facefit.errors import ArtifactError
from facefit.space import SearchSpace
from facefit.space.population import Genes

SCHEMA = "facefit.accuracy-boosting/1"
SETTINGS = TreeSettings(
    leaves=5, most_trees=1200, patience=300, row_share=0.7, feature_share=0.3, random_thresholds=True
)
"""On thousands of labels many trees, each grown on a part of labels and features and by questions that are drawn, err
less than fewer whole ones."""


class BoostingSurrogate:
    """Accuracy by LightGBM on features and codes of a subnet."""

    name = "boosted trees"

    def __init__(self, space: SearchSpace, model: TreeModel, mean: float, rmse: float) -> None:
        self.space = space
        self.rmse = rmse
        self._model = model
        self._mean = mean

    @classmethod
    def fit(
        cls,
        space: SearchSpace,
        genes: Genes,
        accuracy: NDArray[np.floating],
        rng: np.random.Generator,
        settings: TreeSettings | None = None,
    ) -> Self:
        """Learns from genes uint8 (n, 1 + positions) and accuracy (n,) in any unit.

        Stopped by 15 % of the subnets, error measured on another 15 %, then fitted on all labels with as many trees.
        Raises `InputError` on fewer than 20 labels.
        """
        return cls.learn(LearningSplit.of(space, genes, accuracy, rng), rng, settings)[0]

    @classmethod
    def learn(
        cls, split: LearningSplit, rng: np.random.Generator, settings: TreeSettings | None = None
    ) -> tuple[Self, NDArray[np.float64]]:
        """Learns as `fit` does, from labels that are split already; and what was predicted for the subnets held out,
        before they were learnt from, float64 (held out,)."""
        settings, seed = settings or SETTINGS, int(rng.integers(2**31))
        features, mean = _features(split.space, split.genes), float(split.truth.mean())
        target = split.truth - mean
        rows = [(features[part], target[part]) for part in (split.fitting, split.stopping)]
        first = TreeModel.fit_until_best(rows[0], rows[1], "regression", settings, seed)
        judged = mean + first.score(features[split.judging])
        model = TreeModel.fit(features, target, first.trees, "regression", settings, seed)
        return cls(split.space, model, mean, root_mean_square(judged - split.truth[split.judging])), judged

    def predict_accuracy(self, genes: Genes) -> NDArray[np.float64]:
        """Predicted accuracy in the unit of the labels, float64 (n,)."""
        check_genes(self.space, genes)
        if len(genes) == 0:
            return np.zeros(0)
        return self._mean + self._model.score(_features(self.space, genes))

    def save(self, path: Path) -> None:
        """Writes one JSON file that holds the LightGBM text."""
        content = {"rmse": self.rmse, "mean": self._mean, "model": self._model.to_json()}
        write_model(path, SCHEMA, self.space, content)

    @classmethod
    def load(cls, path: Path, space: SearchSpace | None = None) -> Self:
        """Raises `ArtifactError` if the file is damaged, of another schema, or for another space than `space`."""
        found, content = read_model(path, SCHEMA, space, "an accuracy surrogate written by facefit")
        width = _features(found, np.zeros((1, 1 + found.positions), np.uint8)).shape[1]
        model = TreeModel.from_json(content.get("model"), width, str(path))
        try:
            return cls(found, model, float(content["mean"]), float(content["rmse"]))
        except (KeyError, TypeError, ValueError) as error:
            raise ArtifactError(f"{path}: mean or rmse is damaged ({error}); fit it again") from error


def _features(space: SearchSpace, genes: Genes) -> Features:
    """Plain numbers let one question say 'larger', codes let it name one choice, float32 (n, f)."""
    return np.concatenate([subnet_features(space, genes), choice_codes(space, genes)], axis=1)
