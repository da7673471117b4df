"""A static subnet: its own weights, nothing shared, no choice left."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from facefit.errors import ArtifactError
from facefit.space import SearchSpace, Subnet, subnet_from_config, subnet_to_config
from facefit.weights.metadata import NetworkMetadata
from facefit.weights.tensor_file import read_tensors, write_tensors

KIND = "facefit.subnet"


@dataclass(frozen=True, slots=True)
class StaticNetwork:
    """Tensors in PyTorch layout (convolutions OIHW), float32, under the names of `supernet.StaticModule`."""

    space: SearchSpace
    subnet: Subnet
    tensors: dict[str, NDArray[np.float32]]
    metadata: NetworkMetadata

    def save(self, path: Path) -> None:
        """Writes `.safetensors` with JSON metadata."""
        header = {
            "space": self.space.to_json(),
            "subnet": subnet_to_config(self.space, self.subnet),
            "network": self.metadata.to_json(),
        }
        write_tensors(path, KIND, header, self.tensors)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Raises `ArtifactError` for anything but a whole file written by `save`."""
        header, tensors = read_tensors(path, KIND)
        try:
            space = SearchSpace.from_json(header["space"])
            subnet = subnet_from_config(space, header["subnet"])
            return cls(space, subnet, tensors, NetworkMetadata.from_json(header["network"]))
        except KeyError as error:
            raise ArtifactError(f"{path}: metadata lacks {error}; expected a subnet saved by facefit") from error
