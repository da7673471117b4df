"""The paper's comparator: which of two subnets is more accurate?

Savchenko, Maslov, Makarov, 'Device-Specific Facial Descriptors: Winning a Lottery with a SuperNet', ECAI 2024,
section 3: LightGBM on labelled pairs in place of once-for-all's accuracy regressor. Ours is antisymmetric by
construction; a comparator on concatenated codes contradicts itself when the arguments swap.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from facefit.comparator.features import Features, check_genes, pair_features, subnet_features
from facefit.comparator.model_file import read_model, write_model
from facefit.comparator.quality import kendall_tau, pair_accuracy
from facefit.comparator.splits import check_labels, draw_pairs, split_subnets
from facefit.comparator.surrogate import probability
from facefit.comparator.trees import TreeModel, TreeSettings
from facefit.errors import ArtifactError, InputError
from facefit.space import SearchSpace
from facefit.space.population import Genes

Probabilities = NDArray[np.float64]
SCHEMA = "facefit.comparator/1"


@dataclass(frozen=True, slots=True)
class ComparatorQuality:
    """Measured on subnets that neither the trees nor their number have seen."""

    pair_accuracy: float
    kendall_tau: float
    held_out_subnets: int
    labelled_subnets: int
    trees: int


class Comparator:
    """Probability that one subnet is more accurate than another."""

    def __init__(self, space: SearchSpace, model: TreeModel, quality: ComparatorQuality) -> None:
        self.space = space
        self.quality = quality
        self._model = model

    @classmethod
    def fit(
        cls,
        space: SearchSpace,
        genes: Genes,
        accuracy: NDArray[np.floating],
        rng: np.random.Generator,
        settings: TreeSettings | None = None,
        pairs_per_subnet: int = 16,
    ) -> Self:
        """Learns from labelled subnets: genes uint8 (n, 1 + positions), accuracy (n,) in any unit.

        A first model, fitted on 70 % of the subnets and stopped by 15 %, is judged on the last 15 %; the model
        kept is fitted on all labels with as many trees. Raises `InputError` on fewer than 20 labels, or if those held
        out are all equally accurate.
        """
        settings = settings or TreeSettings()
        genes, truth = check_labels(space, genes, accuracy)
        features = subnet_features(space, genes)
        training, stopping, testing = split_subnets(space, genes, rng)
        seed = int(rng.integers(2**31))

        def pairs_of(subnets: NDArray[np.intp]) -> tuple[Features, NDArray[np.float64]]:
            return _labelled_pairs(features[subnets], truth[subnets], pairs_per_subnet, rng)

        judged = TreeModel.fit_until_best(pairs_of(training), pairs_of(stopping), "binary", settings, seed)
        quality = _judge(judged, features[testing], truth[testing], len(truth))
        if not np.isfinite([quality.pair_accuracy, quality.kendall_tau]).all():
            raise InputError(
                f"{len(truth)} labels: the {len(testing)} held out to judge by are equally accurate; label more subnets"
            )
        model = TreeModel.fit(*pairs_of(np.arange(len(truth))), judged.trees, "binary", settings, seed)
        return cls(space, model, quality)

    def prefer(self, a: Genes, b: Genes) -> Probabilities:
        """Probability that a[i] is more accurate than b[i], float64 (n,); prefer(a, b) == 1 - prefer(b, a) exactly."""
        check_genes(self.space, a)
        check_genes(self.space, b)
        return _prefer(self._model, subnet_features(self.space, a), subnet_features(self.space, b))

    def save(self, path: Path) -> None:
        """Writes one JSON file that holds the LightGBM text, the space and the quality."""
        content = {"quality": asdict(self.quality), "model": self._model.to_json()}
        write_model(path, SCHEMA, self.space, content)

    @classmethod
    def load(cls, path: Path, space: SearchSpace | None = None) -> Self:
        """Raises `ArtifactError` if the file is damaged, of another schema, or for another space than `space`."""
        where = f"{path}"
        found, content = read_model(path, SCHEMA, space, "a comparator written by facefit")
        width = subnet_features(found, np.zeros((1, 1 + found.positions), np.uint8)).shape[1]
        model = TreeModel.from_json(content.get("model"), width, where)
        return cls(found, model, _quality_from_json(content.get("quality"), where))


def _labelled_pairs(
    features: Features, truth: NDArray[np.float64], per_subnet: int, rng: np.random.Generator
) -> tuple[Features, NDArray[np.float64]]:
    """Pairs in both orders, so that the trees lean to neither side."""
    a, b = draw_pairs(truth, per_subnet, rng)
    first, second = np.concatenate([a, b]), np.concatenate([b, a])
    return pair_features(features[first], features[second]), (truth[first] > truth[second]).astype(np.float64)


def _prefer(model: TreeModel, a: Features, b: Features) -> Probabilities:
    n = len(a)
    if n == 0:
        return np.zeros(0)
    both = pair_features(a, b)
    scores = model.score(np.concatenate([both, -both]))
    margin = (scores[:n] - scores[n:]) / 2
    return probability(margin)


def _judge(model: TreeModel, features: Features, truth: NDArray[np.float64], labelled: int) -> ComparatorQuality:
    """All pairs of the held-out subnets; their order by mean probability to win against the others."""
    n = len(truth)
    a, b = np.triu_indices(n, 1)
    preferred = _prefer(model, features[a], features[b])
    wins = np.zeros(n)
    np.add.at(wins, a, preferred)
    np.add.at(wins, b, 1 - preferred)
    return ComparatorQuality(
        pair_accuracy=pair_accuracy(preferred, truth[a], truth[b]),
        kendall_tau=kendall_tau(wins, truth),
        held_out_subnets=n,
        labelled_subnets=labelled,
        trees=model.trees,
    )


def _quality_from_json(data: Any, where: str) -> ComparatorQuality:
    try:
        return ComparatorQuality(**data)
    except TypeError as error:
        raise ArtifactError(f"{where}: 'quality' is not what it should be ({error}); fit it again") from error
