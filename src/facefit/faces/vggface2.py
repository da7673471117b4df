"""VGGFace2's layout (Cao et al. 2018): `train/n000002/0001_01.jpg`, and `test` for other people."""

from __future__ import annotations

import re
from pathlib import Path

TRAIN = "train"
_PERSON = re.compile(r"n\d{6}")


def people_folder(folder: Path) -> Path:
    """Where the folders of people are: `train` of VGGFace2, or the folder itself. The test split is not learnt from."""
    below = folder / TRAIN
    if below.is_dir() and any(_PERSON.fullmatch(person.name) for person in below.iterdir()):
        return below
    return folder
