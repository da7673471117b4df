"""The paper's idea, which of two subnets is more accurate, without its contradictions.

Savchenko, Maslov, Makarov, 'Device-Specific Facial Descriptors: Winning a Lottery with a SuperNet', ECAI 2024,
section 3: LightGBM on labelled pairs in place of once-for-all's accuracy regressor. This one is antisymmetric by
construction; the paper's own, on concatenated codes (`ConcatenatingComparator`), contradicts itself when the arguments
swap.
"""

from __future__ import annotations

from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from facefit.comparator.comparator_file import read_comparator, write_comparator
from facefit.comparator.features import Features, check_genes, pair_features, subnet_features
from facefit.comparator.pairs import ComparatorQuality, PairLearning, Probabilities, learn_pairs
from facefit.comparator.quality import PreferPairs
from facefit.comparator.splits import LearningSplit
from facefit.comparator.surrogate import Preference, probability
from facefit.comparator.trees import TreeModel, TreeSettings
from facefit.space import SearchSpace
from facefit.space.population import Genes

SCHEMA = "facefit.comparator/1"


class Comparator(Preference):
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
        return cls.learn(LearningSplit.of(space, genes, accuracy, rng), rng, settings, pairs_per_subnet)

    @classmethod
    def learn(
        cls,
        split: LearningSplit,
        rng: np.random.Generator,
        settings: TreeSettings | None = None,
        pairs_per_subnet: int = 16,
    ) -> Self:
        """Learns as `fit` does, from labels that are split already."""
        learning = PairLearning(pair_features, _prefer, settings or TreeSettings(), pairs_per_subnet)
        return cls(split.space, *learn_pairs(subnet_features(split.space, split.genes), split, learning, rng))

    def among(self, genes: Genes) -> PreferPairs:
        """See `Preference`; that of b[i] is 1 minus that of a[i] exactly."""
        check_genes(self.space, genes)
        features = subnet_features(self.space, genes)
        return lambda a, b: _prefer(self._model, features[a], features[b])

    def save(self, path: Path) -> None:
        """Writes one JSON file that holds the LightGBM text, the space and the quality."""
        write_comparator(path, SCHEMA, self.space, self._model, self.quality)

    @classmethod
    def load(cls, path: Path, space: SearchSpace | None = None) -> Self:
        """Raises `ArtifactError` if the file is damaged, of another schema, or for another space than `space`."""
        return cls(*read_comparator(path, SCHEMA, space, "a comparator written by facefit", subnet_features))


def _prefer(model: TreeModel, a: Features, b: Features) -> Probabilities:
    n = len(a)
    if n == 0:
        return np.zeros(0)
    both = pair_features(a, b)
    scores = model.score(np.concatenate([both, -both]))
    margin = (scores[:n] - scores[n:]) / 2
    return probability(margin)
