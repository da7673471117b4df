"""A folder per class: the layout that everybody has."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from facefit.errors import InputError
from facefit.faces.dataset import LabelledFaces
from facefit.faces.images import SUFFIXES, read_image


def image_files(folder: Path) -> list[Path]:
    """All image files below a folder, sorted; raises `InputError` if there is no folder or no image in it."""
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder; expected a folder of images")
    files = sorted(p for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES and p.is_file())
    if not files:
        raise InputError(f"{folder}: holds no image; expected files ending in {', '.join(SUFFIXES)}")
    return files


def load_folder(folder: Path, size: int, classes: tuple[str, ...] | None = None) -> LabelledFaces:
    """Reads `folder/CLASS/*.jpg`, resized to size x size.

    Classes are the sorted folder names, or the given ones in their order. Damaged images are skipped and named in
    `skipped`. Raises `InputError` for an unknown class folder, or where nothing is left.
    """
    files = [f for f in image_files(folder) if len(f.relative_to(folder).parts) > 1]
    found = sorted({f.relative_to(folder).parts[0] for f in files})
    if not found:
        raise InputError(f"{folder}: has images but no class folders; expected {folder}/CLASS/image.jpg")
    classes = classes or tuple(found)
    if unknown := set(found) - set(classes):
        raise InputError(f"{folder}: class folders {sorted(unknown)} are unknown; expected {', '.join(classes)}")
    images, labels, names, skipped = [], [], [], {}
    for file in files:
        name = file.relative_to(folder).as_posix()
        try:
            images.append(read_image(file, size))
            labels.append(classes.index(name.split("/")[0]))
            names.append(name)
        except InputError as error:
            skipped[name] = str(error)
    if not images:
        raise InputError(f"{folder}: none of {len(files)} images can be read; first: {next(iter(skipped.values()))}")
    targets = np.eye(len(classes), dtype=np.float32)[labels]
    return LabelledFaces(np.stack(images), targets, tuple(names), classes, "folder", skipped)
