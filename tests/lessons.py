"""What training learns from in tests, in seconds: photos of noise in a folder a class, and recipes of one phase."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from bundles import CLASSES
from PIL import Image

BRIEFLY = ("--observed", "8")
"""Few subnets to learn batch-norm statistics from, for training whose statistics do not matter."""


def noise_folders(root: Path, photos: int = 40, side: int = 28) -> Path:
    """A folder a class; photos of a class are noise of its brightness."""
    rng = np.random.default_rng(0)
    for c, name in enumerate(CLASSES):
        (root / name).mkdir(parents=True)
        for i in range(photos):
            image = rng.integers(60 * c, 60 * c + 80, (side, side, 3), np.uint8)
            Image.fromarray(image).save(root / name / f"{i}.png")
    return root


def write_recipe(
    path: Path, *, epochs: int = 1, random: int = 0, batch: int = 32, descriptor: int = 48, head: str = "softmax"
) -> Path:
    """One phase at two resolutions."""
    path.write_text(
        f"""
width: 0.25
descriptor: {descriptor}
resolutions: [24, 32]
head: {{kind: {head}}}
phases:
  - {{epochs: {epochs}, resolutions: [24, 32], random: {random}, batch: {batch}}}
"""
    )
    return path
