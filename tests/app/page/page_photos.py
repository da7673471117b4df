"""Photos for the page's tests: people of LFW, noise, and what a fake camera shows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image


def people(lfw: Path, count: int, photos: int) -> list[list[Path]]:
    """Photos of people of whom there are several."""
    folders = [folder for folder in sorted(lfw.iterdir()) if folder.is_dir()]
    several = [sorted(folder.glob("*.jpg")) for folder in folders]
    return [files[:photos] for files in several if len(files) >= photos][:count]


def side_by_side(files: list[Path], out: Path, scale: float = 1) -> Path:
    """One photo of several."""
    pixels = np.concatenate([np.asarray(Image.open(file).convert("RGB")) for file in files], axis=1)
    image = Image.fromarray(pixels)
    image.resize((round(image.width * scale), round(image.height * scale))).save(out)
    return out


def camera_film(files: list[Path], out: Path) -> Path:
    """What a fake camera shows: photos one after the other, 320x240, as an mjpeg; each for more than a second."""
    with out.open("wb") as film:
        for file in [file for file in files for _ in range(40)]:
            frame = Image.new("RGB", (320, 240), (70, 80, 90))
            frame.paste(Image.open(file).convert("RGB").resize((240, 240)), (40, 0))
            frame.save(film, "JPEG", quality=92)
    return out


def noise(height: int, width: int, seed: int = 0) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
