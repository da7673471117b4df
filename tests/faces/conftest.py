"""Datasets made on the fly; no real face is needed, nor kept."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from facefit.faces.ferplus import CLASSES


class FerPlusFolder:
    """A FER+ folder with given votes; photo i of the whole folder is a flat grey of value 10 + i."""

    header = ("Usage", "Image name", *CLASSES, "unknown", "NF")

    def __init__(self, path: Path) -> None:
        self.path = path
        self.rows: list[list[str]] = []

    def add(self, usage: str, name: str, votes: Sequence[int], photo: bool = True) -> None:
        folder = {"Training": "FER2013Train", "PublicTest": "FER2013Valid", "PrivateTest": "FER2013Test"}[usage]
        if photo:
            (self.path / folder).mkdir(exist_ok=True)
            value = np.full((48, 48), 10 + len(self.rows), np.uint8)
            Image.fromarray(value).save(self.path / folder / name)
        self.rows.append([usage, name, *map(str, votes)])
        with (self.path / "fer2013new.csv").open("w", newline="") as table:
            csv.writer(table).writerows([self.header, *self.rows])


@pytest.fixture
def ferplus(tmp_path: Path) -> FerPlusFolder:
    return FerPlusFolder(tmp_path)


@pytest.fixture
def class_folder(tmp_path: Path) -> Path:
    return write_classes(tmp_path / "faces", {"sad": 2, "glad": 3})


def write_classes(folder: Path, counts: Mapping[str, int]) -> Path:
    """`folder/CLASS/i.png`, flat grey of value 20 * i."""
    for label, count in counts.items():
        (folder / label).mkdir(parents=True)
        for i in range(count):
            Image.fromarray(np.full((10, 14, 3), 20 * i, np.uint8)).save(folder / label / f"{i}.png")
    return folder
