"""Once-for-all's own modules, imported from a clone of github.com/mit-han-lab/once-for-all.

Its package imports torchvision and others for data loading, which are not needed here: where they are missing, empty
modules stand in.
"""

from __future__ import annotations

import importlib
import sys
import types
from pathlib import Path
from typing import Any, Self

UNUSED = (
    "torchvision",
    "torchvision.transforms",
    "torchvision.transforms.functional",
    "torchvision.datasets",
    "torchvision.datasets.folder",
    "horovod",
    "horovod.torch",
    "matplotlib",
    "matplotlib.pyplot",
    "torchprofile",
)


class StandIn(types.ModuleType):
    """A module in which every name is an empty class."""

    __path__: list[str] = []  # noqa: RUF012

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (), {})


class NoProgress:
    """A progress bar that shows nothing."""

    def __init__(self, *_: object, **__: object) -> None: ...

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None: ...

    def update(self, *_: object) -> None: ...

    def set_postfix(self, *_: object) -> None: ...


def their_module(clone: Path, name: str) -> Any:
    for unused in UNUSED:
        try:
            importlib.import_module(unused)
        except Exception:
            sys.modules[unused] = StandIn(unused)
            parent, _, child = unused.rpartition(".")
            if parent:
                setattr(sys.modules[parent], child, sys.modules[unused])
    try:
        importlib.import_module("tqdm")
    except ImportError:
        bars = types.ModuleType("tqdm")
        bars.__dict__["tqdm"] = NoProgress
        sys.modules["tqdm"] = bars
    if str(clone) not in sys.path:
        sys.path.insert(0, str(clone))
    return importlib.import_module(name)
