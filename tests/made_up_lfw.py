"""A made-up LFW of four people, with its lists and its detections, since nobody is on its photos."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from PIL import Image

from facefit.faces.lfw import PAIRS, SUBJECTS

NAMES = ("A", "B", "C", "D")
PHOTOS = 3


def write_lfw(folder: Path) -> tuple[Path, Path]:
    """The photos' folder, and the file of detections."""
    photos, rng = folder / "lfw", np.random.default_rng(0)
    found = {}
    for name in NAMES:
        base = rng.integers(0, 256, (4, 4, 3), np.uint8)
        (photos / name).mkdir(parents=True)
        for i in range(1, PHOTOS + 1):
            photo = photos / name / f"{name}_{i:04d}.jpg"
            Image.fromarray(base).resize((120, 120)).save(photo, quality=80 + i)
            facts = photo.stat()
            points = [[45, 52], [75, 52], [60, 70], [48, 88], [72, 88]]
            face = {"box": [30, 30, 90, 100], "points": points, "score": 0.9}
            found[f"{name}/{photo.name}"] = {"mark": [facts.st_size, facts.st_mtime_ns], "faces": [face]}
    (photos / SUBJECTS).write_text("\n".join(NAMES))
    (photos / PAIRS).write_text("2 1\nA 1 2\nA 1 B 1\nC 1 2\nC 2 D 1\n")
    (folder / "kept.json").write_text(json.dumps({"schema": 1, "min_face_px": 40, "photos": found}))
    return photos, folder / "kept.json"
