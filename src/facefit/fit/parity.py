"""What exports are compared with: PyTorch where it is installed."""

from __future__ import annotations

from functools import partial
from importlib.metadata import version
from importlib.util import find_spec

from facefit.graph import reference_outputs
from facefit.graph.parity import Reference
from facefit.weights import StaticNetwork


def best_reference(network: StaticNetwork) -> tuple[Reference, str]:
    """The network in PyTorch, or without the extra `train` in numpy float64; and the name of the one it is."""
    if find_spec("torch") is None:
        return partial(reference_outputs, network), "numpy float64"
    from facefit.supernet.reference import pytorch_reference

    return pytorch_reference(network), f"PyTorch {version('torch')}"
