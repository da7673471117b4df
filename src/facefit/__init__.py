"""facefit fits a facial-descriptor network to a device.

The names below are loaded when they are first used, apart from `search`, so that `import facefit` is quick and needs no
optional package.
"""

from __future__ import annotations

from contextlib import suppress
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from facefit.errors import FacefitError, require

# At once, or the room of the same name would take its place. What a broken installation lacks is told at first use,
# since 'facefit doctor' has to outlive it.
with suppress(ImportError):
    from facefit.search import search

if TYPE_CHECKING:
    from facefit.bundle import Bundle
    from facefit.comparator import Comparator
    from facefit.device import DeviceProfile
    from facefit.graph import export
    from facefit.runtime import Descriptor
    from facefit.space import Block, SearchSpace, Subnet
    from facefit.supernet.network import SuperNet
    from facefit.weights import SharedWeights, StaticNetwork

__all__ = [
    "Block",
    "Bundle",
    "Comparator",
    "Descriptor",
    "DeviceProfile",
    "FacefitError",
    "SearchSpace",
    "SharedWeights",
    "StaticNetwork",
    "Subnet",
    "SuperNet",
    "export",
    "search",
]

_ROOMS = MappingProxyType(
    {
        "Block": "facefit.space",
        "Bundle": "facefit.bundle",
        "Comparator": "facefit.comparator",
        "Descriptor": "facefit.runtime",
        "DeviceProfile": "facefit.device",
        "SearchSpace": "facefit.space",
        "SharedWeights": "facefit.weights",
        "StaticNetwork": "facefit.weights",
        "Subnet": "facefit.space",
        "SuperNet": "facefit.supernet.network",
        "export": "facefit.graph",
        "search": "facefit.search",
    }
)


def __getattr__(name: str) -> Any:
    if name not in _ROOMS:
        raise AttributeError(f"module 'facefit' has no attribute '{name}'")
    if name == "SuperNet":
        require("torch", "train", "facefit.SuperNet")
    return getattr(import_module(_ROOMS[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
