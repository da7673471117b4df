"""A folder per class: the layout that everybody has."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np

from facefit.errors import InputError
from facefit.faces.catalogue import Catalogue
from facefit.faces.dataset import LabelledFaces
from facefit.faces.images import SUFFIXES
from facefit.faces.places import Places
from facefit.faces.vggface2 import people_folder

_OTHERS = (".gif", ".tif", ".tiff", ".heic", ".heif", ".avif", ".jfif", ".jp2", ".pgm", ".ppm")
"""Photos that end so are not read, but told of."""
_SPLITS = {"train", "training", "val", "valid", "validation", "test"}


def image_files(folder: Path) -> list[Path]:
    """All image files below a folder, in linked folders too, sorted; `InputError` if there is no folder or no image.

    Links that lead nowhere count, so that whoever reads them tells of a disk that is not there.
    """
    return images_and_others(folder)[0]


def images_and_others(folder: Path) -> tuple[list[Path], dict[str, str]]:
    """The same, and what is left out with the reason, by its path below the folder: photos of formats that are not
    read, and links that lead nowhere and may have been to folders."""
    if not folder.is_dir():
        raise InputError(f"{folder}: no such folder; expected a folder of images")
    there = sorted(path for path in _files(folder) if path.is_file() or not path.exists())
    files = [path for path in there if path.suffix.lower() in SUFFIXES]
    if not files:
        raise InputError(f"{folder}: holds no image; expected files ending in {', '.join(SUFFIXES)}")
    return files, {path.relative_to(folder).as_posix(): why for path in there if (why := _why_not(path))}


def _why_not(path: Path) -> str:
    """Nothing for images, and for files that nobody would take for one."""
    if (suffix := path.suffix.lower()) in _OTHERS:
        return f"is of a format that is not read; expected {', '.join(SUFFIXES)}: convert it"
    return "" if suffix in SUFFIXES or path.exists() else "is a link that leads nowhere"


def _files(folder: Path) -> Iterator[Path]:
    for place, folders, files in os.walk(folder, followlinks=True):
        here = Path(place).resolve()
        # A link to a folder that it lies in has no end.
        folders[:] = [name for name in folders if not here.is_relative_to((Path(place) / name).resolve())]
        yield from (Path(place) / name for name in files)


def load_folder(folder: Path, size: int, classes: tuple[str, ...] | None = None) -> LabelledFaces:
    """Reads the photos of `folder_catalogue`, resized to size x size; raises `InputError` where nothing is left.

    Damaged images are skipped and named in `skipped`.
    """
    return folder_catalogue(folder, classes).load(size)


def folder_catalogue(folder: Path, classes: tuple[str, ...] | None = None) -> Catalogue:
    """The photos `folder/CLASS/*.jpg`.

    Classes are the sorted folder names, or the given ones in their order; photos of other formats are among the skipped
    ones. Raises `InputError` for an unknown class folder, or where there are no class folders, or where they are those
    of splits.
    """
    images, others = images_and_others(folder)
    files = [f for f in images if len(f.relative_to(folder).parts) > 1]
    found = sorted({f.relative_to(folder).parts[0] for f in files})
    if not found:
        raise InputError(f"{folder}: has images but no class folders; expected {folder}/CLASS/image.jpg")
    names = tuple(file.relative_to(folder).as_posix() for file in files)
    _check_no_splits(folder, names, found)
    classes = classes or tuple(found)
    if unknown := set(found) - set(classes):
        raise InputError(f"{folder}: class folders {sorted(unknown)} are unknown; expected {', '.join(classes)}")
    number = {name: i for i, name in enumerate(classes)}
    labels = np.array([number[name.split("/")[0]] for name in names], np.int64)
    return Catalogue(Places.of_files(tuple(files)), labels, names, classes, "folder", others)


def are_splits(names: Iterable[str]) -> bool:
    """Whether files with these names, which have their folder in them, lie one level deeper than in `CLASS/file`, below
    folders that are called as splits are."""
    parts = [name.split("/") for name in names]
    return bool(parts) and {part[0].lower() for part in parts} <= _SPLITS and all(len(part) > 2 for part in parts)


def _check_no_splits(folder: Path, names: Sequence[str], found: list[str]) -> None:
    """Raises `InputError` for a folder one level too high: its splits would be taken for classes."""
    if not are_splits(names):
        return
    remedy = f"name one of them, such as {folder / max(found, key=lambda name: name.lower().startswith('train'))}"
    if people_folder(folder) != folder:
        remedy = "for VGGFace2's people add --task identity"
    raise InputError(
        f"{folder}: its folders are splits ({', '.join(found)}) with folders of photos in them; expected "
        f"{folder}/CLASS/image.jpg: {remedy}"
    )
