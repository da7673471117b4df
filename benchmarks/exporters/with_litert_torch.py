"""The saved networks by litert-torch, from PyTorch modules. Runs in the environment `litert-torch`."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import litert_torch
import numpy as np
import torch

from facefit.supernet.static_module import StaticModule
from facefit.weights import StaticNetwork


class FromPixels(torch.nn.Module):
    """RGB pixels in 0..255, (1, 3, r, r), to the descriptor."""

    def __init__(self, network: StaticNetwork) -> None:
        super().__init__()
        self.network = StaticModule(network)
        self.register_buffer("mean", 255 * torch.tensor(network.metadata.mean).view(1, 3, 1, 1))
        self.register_buffer("std", 255 * torch.tensor(network.metadata.std).view(1, 3, 1, 1))

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        return self.network((image - self.mean) / self.std).descriptor


def main(folder: Path) -> None:
    for path in sorted(folder.glob("*.safetensors")):
        network = StaticNetwork.load(path)
        size = network.subnet.resolution
        started = time.perf_counter()
        module = litert_torch.to_channel_last_io(FromPixels(network).eval(), args=[0])
        converted = litert_torch.convert(module, (torch.zeros(1, size, size, 3),))
        converted.export(str(path.with_suffix(".litert-torch.tflite")))
        seconds = time.perf_counter() - started
        np.savez(path.with_suffix(".litert-torch.npz"), seconds=seconds)
        print(path.stem, f"{seconds:.1f} s", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
