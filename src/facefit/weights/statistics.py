"""Batch-norm statistics of any subnet without data: learnt once from many recalibrated subnets.

A norm's mean and variance depend on the choices before it, mostly on the nearest ones. For each norm a ridge
regression maps the choices of its own block, of the earlier blocks of its group, of the last block of the group
before, and the resolution, to the mean and to the logarithm of the variance of each channel.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from facefit.errors import ArtifactError, InputError
from facefit.space import SearchSpace, Subnet
from facefit.space.population import Genes, encode
from facefit.weights.shared_weights import NormStatistics, active_positions
from facefit.weights.tensor_file import read_tensors, write_tensors

KIND = "facefit.statistics"
SMALLEST_VARIANCE = 1e-8

Float = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class PredictionCost:
    """Points of accuracy lost by predicting the statistics instead of recalibrating: mean and its 95 % interval
    over subnets that were not learnt from, on n images of a protocol."""

    points: float
    interval: tuple[float, float]
    subnets: int
    protocol: str
    n: int

    def __str__(self) -> str:
        low, high = self.interval
        return (
            f"{self.points:+.2f} points (95 % interval {low:+.2f} to {high:+.2f}; {self.subnets} other subnets, "
            f"{self.protocol}, n = {self.n})"
        )


@dataclass(frozen=True, slots=True)
class StatisticsModel:
    """`coefficients` maps a norm's name to float32 (features, 2, channels): mean and log variance.

    `cost` is what predicting instead of recalibrating was measured to cost, where it was; `source` is the fingerprint
    of the SuperNet and the photos that they were learnt from.
    """

    space: SearchSpace
    coefficients: dict[str, NDArray[np.float32]]
    cost: PredictionCost | None = None
    source: str = ""

    def predict(self, subnet: Subnet) -> NormStatistics:
        """Mean and variance of every norm of the subnet, for `SharedWeights.extract`."""
        genes = encode(self.space, [subnet])
        layers = dict(zip(active_positions(self.space, subnet), self.space.block_layers(subnet), strict=True))
        predicted = {}
        for name, coefficients in self.coefficients.items():
            position = _position(name)
            if position is not None and position not in layers:
                continue
            mean, log_variance = np.tensordot(features(self.space, genes, position)[0], coefficients, axes=1)
            if position is not None and not name.endswith("project.norm"):
                channels = layers[position].mid_channels
                mean, log_variance = mean[:channels], log_variance[:channels]
            predicted[name] = (mean.astype(np.float32), np.exp(log_variance).astype(np.float32))
        return predicted

    @classmethod
    def fit(cls, space: SearchSpace, genes: Genes, observed: Sequence[NormStatistics], penalty: float = 0.3) -> Self:
        """Learns from recalibrated subnets: `observed[i]` belongs to row i of `genes`.

        Raises `InputError` if they are too few to have shown every block at its widest.
        """
        names = sorted({name for statistics in observed for name in statistics})
        fitted = {name: _fit_norm(space, genes, observed, name, penalty) for name in names}
        for position, layer in enumerate(space.block_layers(space.largest)):
            name = f"blocks.{position}.depthwise.norm"
            if name not in fitted or fitted[name].shape[-1] < layer.mid_channels:
                raise InputError(
                    f"statistics of {len(genes)} subnets never saw block {position} at its widest; use more"
                )
        return cls(space, fitted)

    def save(self, path: Path) -> None:
        """Writes float16 `.safetensors`."""
        tensors = {name: value.astype(np.float16) for name, value in self.coefficients.items()}
        cost = asdict(self.cost) if self.cost else None
        write_tensors(path, KIND, {"space": self.space.to_json(), "cost": cost, "source": self.source}, tensors)

    @classmethod
    def load(cls, path: Path, space: SearchSpace) -> Self:
        """Raises `ArtifactError` for damage, or statistics of another space."""
        header, tensors = read_tensors(path, KIND)
        if SearchSpace.from_json(header["space"]) != space:
            raise ArtifactError(f"{path}: statistics of another search space; expected {space.name}")
        cost = header.get("cost")
        if cost is not None:
            cost = PredictionCost(**cost | {"interval": tuple(cost["interval"])})
        return cls(space, tensors, cost, header.get("source", ""))


def features(space: SearchSpace, genes: Genes, position: int | None) -> Float:
    """What the statistics at a position depend on, one-hot, shape (n, features); None means stem, first or head."""
    columns: list[NDArray[np.bool_]] = [
        np.ones((len(genes), 1), bool),
        genes[:, :1] == np.arange(len(space.resolutions)),
    ]
    if position is None:
        columns += [_choices(space, genes, p) for p in _group(space, space.positions)]
    else:
        own = _group(space, position)
        before = _group(space, own.start - 1) if own.start else range(0)
        columns += [genes[:, 1 + position, None] == 1 + np.arange(len(space.choices))]
        columns += [_choices(space, genes, p) for p in (*before, *own)]
    return np.concatenate(columns, axis=1).astype(np.float64)


def _fit_norm(
    space: SearchSpace, genes: Genes, observed: Sequence[NormStatistics], name: str, penalty: float
) -> NDArray[np.float32]:
    """Channels that fewer subnets have are fitted on those subnets alone."""
    rows = [i for i, statistics in enumerate(observed) if name in statistics]
    x = features(space, genes[rows], _position(name))
    sizes = np.array([len(observed[i][name][0]) for i in rows])
    widest = observed[rows[int(sizes.argmax())]][name][0]
    fitted = np.zeros((x.shape[1], 2, len(widest)))
    edges = [0, *np.unique(sizes)]
    for low, high in pairwise(edges):
        has = np.flatnonzero(sizes >= high)
        mean = np.stack([observed[rows[i]][name][0][low:high] for i in has]).astype(np.float64)
        variance = np.stack([observed[rows[i]][name][1][low:high] for i in has]).astype(np.float64)
        y = np.stack([mean, np.log(np.maximum(variance, SMALLEST_VARIANCE))], axis=1)
        fitted[:, :, low:high] = _ridge(x[has], y, penalty)
    return fitted.astype(np.float32)


def _ridge(x: Float, y: Float, penalty: float) -> Float:
    """Coefficients (features, ...) that are shrunk towards the mean over the rows, which the constant column keeps."""
    centre = y.mean(axis=0)
    gram = x.T @ x + penalty * np.eye(x.shape[1])
    solved = np.linalg.solve(gram, x.T @ (y - centre).reshape(len(y), -1)).reshape(-1, *y.shape[1:])
    solved[0] += centre
    return solved


def _choices(space: SearchSpace, genes: Genes, position: int) -> NDArray[np.bool_]:
    """Skipped, kernel and expand of a block, one-hot, shape (n, 1 + kernels + expands)."""
    gene = genes[:, 1 + position, None].astype(np.int64)
    expands = len(space.expands)
    kernel = (gene > 0) & ((gene - 1) // expands == np.arange(len(space.kernels)))
    expand = (gene > 0) & ((gene - 1) % expands == np.arange(expands))
    return np.concatenate([gene == 0, kernel, expand], axis=1)


def _group(space: SearchSpace, position: int) -> range:
    """Positions of the same group before the given one; all of the last group for the position after the end."""
    start = (position - 1 if position == space.positions else position) // space.max_depth * space.max_depth
    return range(start, position)


def _position(name: str) -> int | None:
    return int(name.split(".")[1]) if name.startswith("blocks.") else None
