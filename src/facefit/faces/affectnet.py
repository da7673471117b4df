"""AffectNet as it is handed out (Mollahosseini et al. 2019): tables of manual annotations, or an array file a photo.

The first edition has `training.csv` and `validation.csv`, with paths below `Manually_Annotated_Images` and the face's
box; the second has `train_set` and `val_set`, each with `images/N.jpg`, cut out already, and `annotations/N_exp.npy`.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path
from tokenize import TokenError
from types import MappingProxyType

import numpy as np
from numpy.lib.format import read_array
from numpy.typing import NDArray

from facefit.errors import InputError
from facefit.faces.catalogue import Catalogue
from facefit.faces.places import Places

CLASSES = ("neutral", "happiness", "sadness", "surprise", "fear", "disgust", "anger", "contempt")
"""In the order of the annotations; 8 to 10 are none, uncertain and no face, and are left out."""
OTHERS = 3
TABLES: Mapping[str, str] = MappingProxyType({"train": "training.csv", "valid": "validation.csv"})
SETS: Mapping[str, str] = MappingProxyType({"train": "train_set", "valid": "val_set"})
PHOTOS = "Manually_Annotated_Images"
COLUMNS = ("subDirectory_filePath", "face_x", "face_y", "face_width", "face_height", "facial_landmarks", "expression")


def looks_like_affectnet(folder: Path) -> bool:
    """Whether the folder holds one of the two editions."""
    return _table(folder, "train") is not None or (folder / SETS["train"] / "annotations").is_dir()


def affectnet_catalogue(folder: Path, split: str) -> Catalogue:
    """The photos of one split ('train' or 'valid') that show one of the eight expressions.

    Photos that an annotation names but that are not there are found to be missing when they are read. Raises
    `InputError` if the folder is of another form.
    """
    if split not in TABLES:
        raise InputError(f"AffectNet split '{split}' is unknown; expected one of {', '.join(TABLES)}")
    table = _table(folder, split)
    if table is not None:
        return _of_table(table, split)
    return _of_arrays(folder / SETS[split], split)


def _table(folder: Path, split: str) -> Path | None:
    found = sorted(folder.glob(TABLES[split])) or sorted(folder.glob(f"*/{TABLES[split]}"))
    return found[0] if found else None


def _photos_beside(table: Path) -> Path:
    for above in (table.parent, table.parent.parent):
        for photos in (above / PHOTOS, above / "Manually_Annotated" / PHOTOS):
            if photos.is_dir():
                return photos
    raise InputError(f"{table}: no folder {PHOTOS} beside it or above; expected AffectNet's photos there: unpack them")


def _of_table(table: Path, split: str) -> Catalogue:
    photos, names, labels, boxes = _photos_beside(table), [], [], []
    for number, row in _rows(table):
        try:
            name, label = row[COLUMNS[0]], int(row["expression"])
            box = _box(row) if label < len(CLASSES) else None
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(f"{table}: line {number} is not AffectNet's ({error}); download it again") from error
        if (
            "\0" in name
            or Path(name).is_absolute()
            or ".." in Path(name).parts
            or not 0 <= label < len(CLASSES) + OTHERS
        ):
            raise InputError(
                f"{table}: line {number} has path {name} and expression {label}; expected 0 to 10 below it"
            )
        if box is not None:
            names.append(name)
            labels.append(label)
            boxes.append(box)
    files = tuple(photos / name for name in names)
    return _catalogue(table, Places.of_files(files, np.array(boxes, np.int32)), labels, names, split)


def _box(row: Mapping[str, str]) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of the face; photos that show none need not have one."""
    left, top, width, height = (float(row[column]) for column in COLUMNS[1:5])
    sides = np.array([left, top, left + width, top + height])
    if not (np.abs(sides) < np.iinfo(np.int32).max).all():
        raise ValueError(f"its face is at {sides.tolist()}")
    return int(left), int(top), int(left) + int(width), int(top) + int(height)


def _rows(table: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Line numbers and values by column; validation tables are handed out without their first line too."""
    try:
        with table.open(newline="", encoding="utf-8-sig") as lines:
            reader = csv.reader(lines)
            columns: list[str] = list(COLUMNS)
            for row in reader:
                if reader.line_num == 1 and COLUMNS[0] in row:
                    columns = row
                elif row:
                    yield reader.line_num, dict(zip(columns, row, strict=False))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{table}: not AffectNet's table ({error}); download it again") from error


def _of_arrays(folder: Path, split: str) -> Catalogue:
    files, names, labels = [], [], []
    for annotation in sorted((folder / "annotations").glob("*_exp.npy")):
        label = _read_label(annotation)
        if label < len(CLASSES):
            name = f"{annotation.name.removesuffix('_exp.npy')}.jpg"
            files.append(folder / "images" / name)
            names.append(name)
            labels.append(label)
    return _catalogue(folder, Places.of_files(tuple(files)), labels, names, split)


def _read_label(path: Path) -> int:
    try:
        with path.open("rb") as file:
            value: NDArray[np.generic] = read_array(file, allow_pickle=False)
        label = int(value.item())
    except (OSError, ValueError, TypeError, OverflowError, MemoryError, TokenError) as error:
        raise InputError(f"{path}: is not the number of an expression ({error}); download it again") from error
    if not 0 <= label < len(CLASSES) + OTHERS:
        raise InputError(f"{path}: holds {label}; expected the number of an expression, 0 to 10")
    return label


def _catalogue(where: Path, places: Places, labels: list[int], names: list[str], split: str) -> Catalogue:
    if not names:
        raise InputError(f"{where}: names no photo with one of the eight expressions; expected AffectNet's annotations")
    return Catalogue(places, np.array(labels, np.int64), tuple(names), CLASSES, "affectnet", part=split)
