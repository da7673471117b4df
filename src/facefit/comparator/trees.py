"""LightGBM as both the comparator and the boosted regressor use it: small trees, reproducible, checked on disk.

It is imported where trees grow, or are read that are too large for `small_trees`, not above: that takes a third of a
second, and most commands need none.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Any, Literal, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from facefit.comparator.features import Features
from facefit.comparator.small_trees import small_trees
from facefit.errors import ArtifactError

Scores = NDArray[np.float64]
Objective = Literal["binary", "regression"]


@dataclass(frozen=True, slots=True)
class TreeSettings:
    """Trees stay small and are stopped early.

    Each tree can be given a share of the rows and of the features only (stochastic gradient boosting, Friedman 2002),
    and one threshold a feature to choose among, drawn at random (extremely randomised trees, Geurts et al. 2006).
    """

    leaves: int = 4
    learning_rate: float = 0.1
    most_trees: int = 400
    patience: int = 40
    least_rows_in_leaf: int = 20
    row_share: float = 1.0
    feature_share: float = 1.0
    random_thresholds: bool = False

    def parameters(self, objective: Objective, seed: int) -> dict[str, Any]:
        return {
            "objective": objective,
            "num_leaves": self.leaves,
            "learning_rate": self.learning_rate,
            "min_data_in_leaf": self.least_rows_in_leaf,
            "bagging_fraction": self.row_share,
            "bagging_freq": int(self.row_share < 1),
            "feature_fraction": self.feature_share,
            "extra_trees": self.random_thresholds,
            "seed": seed,
            "deterministic": True,
            "force_row_wise": True,
            "num_threads": 1,
            "verbose": -1,
        }


_NOTES = re.compile(
    r"^(?:leaf_weight|leaf_count|internal_value|internal_weight|internal_count|split_gain|tree_sizes)=.*\n",
    re.MULTILINE,
)


class TreeModel:
    """A boosted ensemble that maps features, float32 (n, f), to raw scores, float64 (n,); kept as LightGBM's text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._scorer: _Scorer = small_trees(text) or _LargeTrees(text)

    @classmethod
    def fit(
        cls, features: Features, target: Scores, trees: int, objective: Objective, settings: TreeSettings, seed: int
    ) -> Self:
        """Fits exactly `trees` trees."""
        import lightgbm as lgb

        data = lgb.Dataset(features, target, params={"verbose": -1})
        return cls(_lean(lgb.train(settings.parameters(objective, seed), data, trees).model_to_string()))

    @classmethod
    def fit_until_best(
        cls,
        training: tuple[Features, Scores],
        held_out: tuple[Features, Scores],
        objective: Objective,
        settings: TreeSettings,
        seed: int,
    ) -> Self:
        """Fits until the loss on the held-out rows has not fallen for a while, and keeps the trees up to the best."""
        import lightgbm as lgb

        data = lgb.Dataset(*training, params={"verbose": -1})
        watched = lgb.Dataset(*held_out, reference=data)
        stop = lgb.early_stopping(settings.patience, verbose=False)
        parameters = settings.parameters(objective, seed)
        booster = lgb.train(parameters, data, settings.most_trees, valid_sets=[watched], callbacks=[stop])
        return cls(_lean(booster.model_to_string(num_iteration=booster.best_iteration)))

    @property
    def trees(self) -> int:
        return self._text.count("\nTree=")

    def score(self, features: Features) -> Scores:
        """Log-odds of a binary model, plain value of a regression."""
        return self._scorer.score(features)

    def to_json(self) -> dict[str, Any]:
        return {"lightgbm": self._text, "sha256": _digest(self._text)}

    @classmethod
    def from_json(cls, data: Any, features: int, where: str) -> Self:
        """Raises `ArtifactError` if the text was damaged or reads another number of features."""
        text = data.get("lightgbm") if isinstance(data, dict) else None
        # LightGBM's own parser can crash the process on a damaged text, so the digest comes first.
        if not isinstance(text, str) or data.get("sha256") != _digest(text):
            raise ArtifactError(f"{where}: its LightGBM text is damaged (digest differs); fit or download it again")
        greatest = re.search(r"^max_feature_idx=(\d+)$", text, re.MULTILINE)
        reads = int(greatest[1]) + 1 if greatest else 0
        if reads != features:
            raise ArtifactError(f"{where}: reads {reads} features, this version computes {features}; fit it again")
        return cls(text)


class _Scorer(Protocol):
    def score(self, features: Features) -> Scores: ...


class _LargeTrees:
    """LightGBM itself; raises `ArtifactError` for a text that it cannot read."""

    def __init__(self, text: str) -> None:
        import lightgbm as lgb

        try:
            self._booster = lgb.Booster(model_str=text)
        except lgb.basic.LightGBMError as error:
            raise ArtifactError(f"LightGBM cannot read a model ({error}); fit or download it again") from error

    def score(self, features: Features) -> Scores:
        return np.asarray(self._booster.predict(features, raw_score=True, num_threads=1), np.float64)


def _lean(text: str) -> str:
    """The text without what training noted of its trees, half of it, which no prediction asks for."""
    return _NOTES.sub("", text)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
