"""The SuperNets that a page gets its networks from: one for each task."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias

from facefit.bundle import TASKS, Bundle

SuperNets: TypeAlias = Mapping[str, Bundle]
"""Bundles by their tasks, in the order in which a page shows them."""


def served_supernets(folder: Path | None = None) -> dict[str, Bundle]:
    """Those that come with the package; one in a folder replaces that of its task. Raises `InputError`."""
    own = Bundle.load(folder, None) if folder else None
    own_task = own.metadata.task if own else None
    return {task: own if own and task == own_task else Bundle.load(task=task) for task in TASKS}
