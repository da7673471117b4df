"""Ridge regression on one-hot genes with crosses of neighbouring blocks: the small, honest accuracy surrogate."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from facefit.comparator.features import capacity_by_resolution, check_genes, one_hot_states
from facefit.comparator.model_file import read_model, write_model
from facefit.comparator.quality import root_mean_square
from facefit.comparator.splits import Indices, LearningSplit
from facefit.errors import ArtifactError
from facefit.space import SearchSpace
from facefit.space.population import Genes

Vector = NDArray[np.float64]
SCHEMA = "facefit.accuracy-ridge/1"
PENALTIES = (1.0, 3.0, 10.0, 30.0, 100.0, 300.0)


@dataclass(frozen=True)
class Chain:
    """A value that adds up along the blocks of a subnet: fixed (resolutions,), states (resolutions, positions,
    1 + choices), crosses of neighbours (positions - 1, 1 + choices, 1 + choices); state 0 is a skipped block."""

    fixed: Vector
    states: Vector
    crosses: Vector

    def value(self, genes: Genes) -> Vector:
        """Value of each row of genes, float64 (n,)."""
        states, positions = genes[:, 1:].astype(np.int64), np.arange(genes.shape[1] - 1)
        alone = self.states[genes[:, :1], positions, states].sum(axis=1)
        crossed = self.crosses[positions[:-1], states[:, :-1], states[:, 1:]].sum(axis=1)
        return np.asarray(self.fixed[genes[:, 0]] + alone + crossed)


class RidgeSurrogate:
    """Accuracy as a sum over resolution, blocks, pairs of neighbouring blocks, and capacity at each resolution."""

    name = "ridge regression"

    def __init__(self, space: SearchSpace, intercept: float, weights: Vector, rmse: float) -> None:
        self.space = space
        self.rmse = rmse
        self._intercept = intercept
        self._weights = weights

    @classmethod
    def fit(cls, space: SearchSpace, genes: Genes, accuracy: NDArray[np.floating], rng: np.random.Generator) -> Self:
        """Learns from genes uint8 (n, 1 + positions) and accuracy (n,) in any unit.

        The penalty is chosen on 15 % of the subnets and the error measured on another 15 %; then all labels are
        used. Raises `InputError` on fewer than 20 labels.
        """
        return cls.learn(LearningSplit.of(space, genes, accuracy, rng))[0]

    @classmethod
    def learn(cls, split: LearningSplit) -> tuple[Self, Vector]:
        """Learns as `fit` does, from labels that are split already; and what was predicted for the subnets held out,
        before they were learnt from, float64 (held out,)."""
        design, truth = _design(split.space, split.genes), split.truth

        def predicted(known: Indices, unknown: Indices, penalty: float) -> Vector:
            intercept, weights = _solve(design[known], truth[known], penalty)
            return np.asarray(intercept + design[unknown] @ weights)

        def error(penalty: float) -> float:
            return root_mean_square(predicted(split.fitting, split.stopping, penalty) - truth[split.stopping])

        penalty = min(PENALTIES, key=error)
        judged = predicted(np.concatenate([split.fitting, split.stopping]), split.judging, penalty)
        rmse = root_mean_square(judged - truth[split.judging])
        return cls(split.space, *_solve(design, truth, penalty), rmse), judged

    def predict_accuracy(self, genes: Genes) -> Vector:
        """Predicted accuracy in the unit of the labels, float64 (n,)."""
        check_genes(self.space, genes)
        predicted: Vector = self._intercept + _design(self.space, genes) @ self._weights
        return predicted

    def chain(self) -> Chain:
        """The same prediction as a sum over resolution, states and pairs of neighbouring states."""
        space = self.space
        resolutions, states, kernels = len(space.resolutions), 1 + len(space.choices), len(space.kernels)
        parts = kernels + len(space.expands)
        ends = np.cumsum([resolutions, space.positions * states, (space.positions - 1) * parts**2])
        by_resolution, by_state, by_cross, by_capacity = np.split(self._weights, ends)
        # Which kernel and which expand ratio a state has, (states, parts); none if skipped.
        has = np.zeros((states, parts))
        kernel, expand = np.divmod(np.arange(states - 1), len(space.expands))
        has[np.arange(1, states), kernel] = has[np.arange(1, states), kernels + expand] = 1
        crosses = has @ by_cross.reshape(space.positions - 1, parts, parts) @ has.T
        own = by_state.reshape(space.positions, states) + _capacity_of_states(space, by_capacity)
        return Chain(self._intercept + by_resolution, own, crosses)

    def save(self, path: Path) -> None:
        """Writes one JSON file."""
        rounded = [float(f"{w:.7g}") for w in self._weights]
        content = {"rmse": self.rmse, "intercept": self._intercept, "weights": rounded}
        write_model(path, SCHEMA, self.space, content)

    @classmethod
    def load(cls, path: Path, space: SearchSpace | None = None) -> Self:
        """Raises `ArtifactError` if the file is damaged, of another schema, or for another space than `space`."""
        found, content = read_model(path, SCHEMA, space, "an accuracy surrogate written by facefit")
        width = _design(found, np.zeros((1, 1 + found.positions), np.uint8)).shape[1]
        try:
            weights = np.array(content["weights"], np.float64)
            intercept, rmse = float(content["intercept"]), float(content["rmse"])
        except (KeyError, TypeError, ValueError) as error:
            raise ArtifactError(f"{path}: weights, intercept or rmse are damaged ({error}); fit it again") from error
        if weights.shape != (width,) or not np.isfinite([*weights, intercept, rmse]).all():
            raise ArtifactError(f"{path}: {weights.size} weights, expected {width} finite ones; fit it again")
        return cls(found, intercept, weights, rmse)


def _design(space: SearchSpace, genes: Genes) -> NDArray[np.float32]:
    """One-hot resolution and states, kernel-expand crosses of neighbours, then capacity, float32 (n, f)."""
    n = len(genes)
    states = one_hot_states(space, genes)
    kernels, expands = len(space.kernels), len(space.expands)
    grid = states[:, :, 1:].reshape(n, space.positions, kernels, expands)
    parts = np.concatenate([grid.sum(axis=3), grid.sum(axis=2)], axis=2)
    crosses = parts[:, :-1, :, None] * parts[:, 1:, None, :]
    resolution = np.eye(len(space.resolutions), dtype=np.float32)[genes[:, 0]]
    flat = (np.reshape(part, (n, int(np.prod(part.shape[1:])))) for part in (states, crosses))
    return np.concatenate([resolution, *flat, capacity_by_resolution(space, genes)], axis=1)


def _capacity_of_states(space: SearchSpace, weights: Vector) -> Vector:
    """What capacity adds for each state, (resolutions, positions, 1 + choices): it is a sum over positions."""
    resolutions, states = len(space.resolutions), 1 + len(space.choices)
    alone = np.zeros((resolutions, space.positions, states, 1 + space.positions), np.uint8)
    alone[..., 0] = np.arange(resolutions)[:, None, None]
    for position in range(space.positions):
        alone[:, position, :, 1 + position] = np.arange(states)
    rows = alone.reshape(-1, 1 + space.positions)
    return (capacity_by_resolution(space, rows) @ weights).reshape(resolutions, space.positions, states)


def _solve(design: NDArray[np.float32], truth: Vector, penalty: float) -> tuple[float, Vector]:
    """Intercept (not penalised) and weights of ridge regression."""
    centre = design.mean(axis=0, dtype=np.float64)
    centred = design - centre
    mean = float(truth.mean())
    gram = centred.T @ centred
    weights = np.linalg.solve(gram + penalty * np.eye(len(gram)), centred.T @ (truth - mean))
    return mean - float(centre @ weights), weights
