"""The SuperNet's weights as plain arrays: extraction of a static subnet needs no deep-learning library."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from facefit.errors import ArtifactError
from facefit.space import InvertedResidual, SearchSpace, Subnet
from facefit.weights.metadata import NetworkMetadata
from facefit.weights.sharing import block_slices, shared_kernel
from facefit.weights.static_network import StaticNetwork
from facefit.weights.tensor_file import read_header, read_tensors, write_tensors

KIND = "facefit.supernet"

Array = NDArray[np.float32]
NormStatistics = Mapping[str, tuple[Array, Array]]
"""Mean and biased variance of each batch norm of a subnet, by the norm's name in the SuperNet."""


@dataclass(frozen=True, slots=True)
class SharedWeights:
    """Tensors under the names of `supernet.SuperNet`; blocks are named by position, active or not."""

    space: SearchSpace
    tensors: dict[str, Array]
    metadata: NetworkMetadata

    def extract(self, subnet: Subnet, statistics: NormStatistics) -> StaticNetwork:
        """The subnet as a network of its own, with the given batch-norm statistics."""
        self.space.check(subnet)
        fixed = {
            k: v.copy() for k, v in self.tensors.items() if not k.startswith("blocks.") and ".transforms." not in k
        }
        tensors = fixed
        layers = self.space.block_layers(subnet)
        names = {f"blocks.{p}": f"blocks.{i}" for i, p in enumerate(active_positions(self.space, subnet))}
        for (source, target), layer in zip(names.items(), layers, strict=True):
            tensors |= {f"{target}.{part}": value for part, value in self._block(source, layer).items()}
        for norm, (mean, variance) in statistics.items():
            source, _, part = norm.rpartition(".")
            prefix, _, where = source.rpartition(".")
            name = f"{names.get(prefix, prefix)}.{where}".lstrip(".") + f".{part}"
            tensors |= {f"{name}.running_mean": mean, f"{name}.running_var": variance}
        return StaticNetwork(self.space, subnet, tensors, self.metadata)

    def _block(self, prefix: str, layer: InvertedResidual) -> dict[str, Array]:
        tensors = {}
        for part, channels in block_slices(layer).items():
            full = self.tensors[f"{prefix}.{part}"]
            tensors[part] = full[tuple(slice(c) for c in channels)].copy()
        transforms = f"{prefix}.depthwise.transforms."
        matrices = {k.removeprefix(transforms): v for k, v in self.tensors.items() if k.startswith(transforms)}
        weight = self.tensors[f"{prefix}.depthwise.conv.weight"]
        kernel = shared_kernel(weight, matrices, layer.mid_channels, layer.kernel, self.space.kernels)
        tensors["depthwise.conv.weight"] = kernel.copy()
        return tensors

    def save(self, path: Path) -> None:
        """Writes float16 `.safetensors`: half the size, and training noise is far above the rounding."""
        header = {"space": self.space.to_json(), "network": self.metadata.to_json()}
        write_tensors(path, KIND, header, {k: v.astype(np.float16) for k, v in self.tensors.items()})

    @classmethod
    def load(cls, path: Path) -> Self:
        """Raises `ArtifactError` for anything but a whole file written by `save`."""
        header, tensors = read_tensors(path, KIND)
        space, metadata = _told(path, header)
        return cls(space, tensors, metadata)


def read_space_and_metadata(path: Path) -> tuple[SearchSpace, NetworkMetadata]:
    """What a file of `SharedWeights` is of, without its weights; raises `ArtifactError` as `SharedWeights.load`, but
    where only the checksum would tell."""
    return _told(path, read_header(path, KIND))


def _told(path: Path, header: Mapping[str, Any]) -> tuple[SearchSpace, NetworkMetadata]:
    try:
        return SearchSpace.from_json(header["space"]), NetworkMetadata.from_json(header["network"])
    except KeyError as error:
        raise ArtifactError(f"{path}: metadata lacks {error}; expected a SuperNet saved by facefit") from error


def active_positions(space: SearchSpace, subnet: Subnet) -> list[int]:
    """Positions of the subnet's blocks in the SuperNet, in running order."""
    return [g * space.max_depth + j for g, depth in enumerate(subnet.depths) for j in range(depth)]
