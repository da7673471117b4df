"""A static network as a `.pt2` file, which plain PyTorch loads without facefit."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from facefit.artifacts import check_writable, replacing, write_json
from facefit.errors import InputError
from facefit.graph import ExportResult
from facefit.graph.card import CARD_NAME, card_beside
from facefit.graph.forms import Output
from facefit.graph.handover import Expected, card_facts
from facefit.supernet.static_module import StaticModule
from facefit.weights import StaticNetwork


def export_pytorch(
    network: StaticNetwork, path: Path, outputs: Sequence[Output] = ("descriptor",), *, seed: int = 0
) -> ExportResult:
    """Writes `path`, which must end in `.pt2`, and its card beside it, or raises and writes nothing.

    `torch.export.load(path).module()(image)` takes float32 RGB pixels in 0..255 of shape (n, 3, r, r) and gives a dict
    of the named outputs with n rows. The file is loaded anew, run on a few random images, and compared with the network
    in numpy float64. Raises `ParityError`, `InputError`.
    """
    if path.suffix != ".pt2":
        raise InputError(f"{path}: PyTorch loads exported programs from files that end in .pt2; name it so")
    if "probabilities" in outputs and not network.metadata.classes:
        raise InputError("the network has no classifier, so no probabilities; ask for the output 'descriptor' only")
    check_writable(path)
    start, expected = time.perf_counter(), Expected.of(network, seed)
    size = network.subnet.resolution
    example = torch.zeros(2, 3, size, size)  # one image would be taken for a constant of the program
    shapes = {"image": {0: torch.export.Dim("n")}}
    program = torch.export.export(_FromPixels(network, tuple(outputs)).eval(), (example,), dynamic_shapes=shapes)
    facts = card_facts(network, outputs, "float32", layout="NCHW")
    with replacing(path) as file, replacing(card_beside(path)) as beside:
        _save(program, file)
        comparison = expected.compare(_Loaded(file), outputs, "float32", path.name)
        facts["parity"] = comparison.to_json()
        card = json.dumps(facts, ensure_ascii=False, sort_keys=True)
        _save(program, file, {f"{CARD_NAME}.json": card})
        size_bytes = file.stat().st_size
        write_json(beside, facts)
    return comparison.result(path, "pytorch", size_bytes, start)


def _save(program: torch.export.ExportedProgram, file: Path, extra: dict[str, str] | None = None) -> None:
    """By way of memory, since PyTorch's own writer ends the process where the disk is full."""
    content = io.BytesIO()
    torch.export.save(program, content, extra_files=extra)
    file.write_bytes(content.getbuffer())


class _FromPixels(nn.Module):
    """The network from pixels in 0..255 to a dict of outputs."""

    _mean: Tensor
    _std: Tensor

    def __init__(self, network: StaticNetwork, outputs: tuple[Output, ...]) -> None:
        super().__init__()
        self._network, self._outputs = StaticModule(network), outputs
        self.register_buffer("_mean", 255.0 * torch.tensor(network.metadata.mean).view(1, 3, 1, 1))
        self.register_buffer("_std", 255.0 * torch.tensor(network.metadata.std).view(1, 3, 1, 1))

    def forward(self, image: Tensor) -> dict[str, Tensor]:
        descriptor, logits = self._network((image - self._mean) / self._std)
        results = {"descriptor": descriptor}
        if "probabilities" in self._outputs:
            results["probabilities"] = logits.softmax(1)
        return {name: results[name] for name in self._outputs}


class _Loaded:
    """The file as others will load it, fed as the other formats are: `image` of shape (n, r, r, 3)."""

    def __init__(self, path: Path) -> None:
        self._module = torch.export.load(path).module()

    @torch.inference_mode()
    def run(self, **inputs: NDArray[Any]) -> dict[str, NDArray[Any]]:
        image = torch.from_numpy(np.ascontiguousarray(inputs["image"].transpose(0, 3, 1, 2)))
        return {name: values.numpy() for name, values in self._module(image).items()}
