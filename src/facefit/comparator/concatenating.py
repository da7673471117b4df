"""The comparator as the paper has it: LightGBM on the codes of both subnets, one after the other.

Savchenko, Maslov, Makarov (ECAI 2024, section 3). It learns that swapping two subnets swaps the answer only as far as
its pairs teach it, and contradicts itself on some, which `Comparator` cannot; its trees are larger, so that a search
with it takes longer.
"""

from __future__ import annotations

from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from facefit.comparator.comparator_file import read_comparator, write_comparator
from facefit.comparator.features import Features, check_genes, choice_codes
from facefit.comparator.pairs import ComparatorQuality, PairLearning, Probabilities, learn_pairs
from facefit.comparator.quality import PreferPairs
from facefit.comparator.splits import LearningSplit
from facefit.comparator.surrogate import Preference, probability
from facefit.comparator.trees import TreeModel, TreeSettings
from facefit.space import SearchSpace
from facefit.space.population import Genes

SCHEMA = "facefit.concatenating-comparator/1"
LEAVES = 31
"""LightGBM's own default."""


class ConcatenatingComparator(Preference):
    """Probability that one subnet is more accurate than another, not the same for both orders."""

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
        pairs_per_subnet: int = 16,
    ) -> Self:
        """Learns from genes uint8 (n, 1 + positions) and accuracy (n,) like `Comparator.fit`, and raises the same."""
        return cls.learn(LearningSplit.of(space, genes, accuracy, rng), rng, pairs_per_subnet)

    @classmethod
    def learn(cls, split: LearningSplit, rng: np.random.Generator, pairs_per_subnet: int = 16) -> Self:
        """Learns as `fit` does, from labels that are split already."""
        learning = PairLearning(_concatenated, _prefer, TreeSettings(leaves=LEAVES), pairs_per_subnet)
        return cls(split.space, *learn_pairs(choice_codes(split.space, split.genes), split, learning, rng))

    def among(self, genes: Genes) -> PreferPairs:
        """See `Preference`; that of b[i] may be another than 1 minus that of a[i]."""
        check_genes(self.space, genes)
        codes = choice_codes(self.space, genes)
        return lambda a, b: _prefer(self._model, codes[a], codes[b])

    def save(self, path: Path) -> None:
        """Writes one JSON file that holds the LightGBM text, the space and the quality."""
        write_comparator(path, SCHEMA, self.space, self._model, self.quality)

    @classmethod
    def load(cls, path: Path, space: SearchSpace | None = None) -> Self:
        """Raises `ArtifactError` if the file is damaged, of another schema, or for another space than `space`."""
        return cls(*read_comparator(path, SCHEMA, space, "a concatenating comparator written by facefit", _twice))


def _twice(space: SearchSpace, genes: Genes) -> Features:
    codes = choice_codes(space, genes)
    return _concatenated(codes, codes)


def _concatenated(a: Features, b: Features) -> Features:
    return np.concatenate([a, b], axis=1)


def _prefer(model: TreeModel, a: Features, b: Features) -> Probabilities:
    return probability(model.score(_concatenated(a, b))) if len(a) else np.zeros(0)
