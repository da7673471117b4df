"""Batch-norm statistics of any subnet without data: learnt once from many recalibrated subnets.

A norm's mean and variance depend on the choices before it, mostly on the nearest ones: see `statistics_regression`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from facefit.errors import ArtifactError, InputError
from facefit.space import SearchSpace, Subnet
from facefit.space.population import Genes, encode
from facefit.weights.shared_weights import NormStatistics, active_positions
from facefit.weights.statistics_regression import features, fit_norm, position_of
from facefit.weights.tensor_file import read_tensors, write_tensors

KIND = "facefit.statistics/2"


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
            position = position_of(name)
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
        fitted = {name: fit_norm(space, genes, observed, name, penalty) for name in names}
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
