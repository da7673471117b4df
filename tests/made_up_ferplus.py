"""A made-up FER+ folder: noise of a brightness for each expression, and annotators who agree."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from PIL import Image

from facefit.faces.ferplus import CLASSES, SIZE, SPLITS, TABLE


def write_ferplus(folder: Path, photos: int = 160, valid: int = 40) -> Path:
    """So many photos to learn from, one in ten of them in the search split, and so many of FER2013Valid."""
    rng, rows = np.random.default_rng(0), [["Usage", "Image name", *CLASSES, "unknown", "NF"]]
    for split, count in (("train", photos), ("valid", valid)):
        usage, place = SPLITS[split]
        (folder / place).mkdir(parents=True)
        for i in range(count):
            label, name = i % len(CLASSES), f"fer{len(rows):07d}.png"
            pixels = rng.integers(25 * label, 25 * label + 40, (SIZE, SIZE), np.uint8)
            Image.fromarray(pixels).save(folder / place / name)
            votes = [8 if k == label else 2 if k == (label + 1) % len(CLASSES) else 0 for k in range(10)]
            rows.append([usage, name, *map(str, votes)])
    with (folder / TABLE).open("w", newline="") as table:
        csv.writer(table).writerows(rows)
    return folder
