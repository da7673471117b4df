"""VGGFace2's layout (Cao et al. 2018): `train/n000002/0001_01.jpg`, `test` for other people, a list of who they are."""

from __future__ import annotations

import csv
import re
from pathlib import Path

from facefit.artifacts import read_bytes
from facefit.errors import InputError

TRAIN, NAMES = "train", "identity_meta.csv"
_PERSON = re.compile(r"n\d{6}")


def people_folder(folder: Path) -> Path:
    """Where the folders of people are: `train` of VGGFace2, or the folder itself. The test split is not learnt from."""
    below = folder / TRAIN
    if below.is_dir() and any(_PERSON.fullmatch(person.name) for person in below.iterdir()):
        return below
    return folder


def names_of_numbers(folder: Path) -> dict[str, str]:
    """Who is behind the numbers, such as `n000001`; empty where no `identity_meta.csv` says so.

    The list (`Class_ID, Name, Sample_Num, Flag, Gender`, a header first) lies in the folder or above it, or there in
    `meta`. Raises `InputError` if it is of another form.
    """
    above = folder.absolute()
    places = [place / below / NAMES for place in (above, above.parent) for below in ("", "meta")]
    file = next((place for place in places if place.is_file()), None)
    if file is None:
        return {}
    text = read_bytes(file, "VGGFace2's list of people").decode(errors="replace")
    try:
        rows = [row for row in csv.reader(text.splitlines(), skipinitialspace=True) if len(row) > 1]
    except csv.Error as error:
        raise InputError(f"{file}: not VGGFace2's list of people ({error}); download it again") from error
    names = {row[0].strip(): row[1].strip() for row in rows if _PERSON.fullmatch(row[0].strip())}
    if not names:
        raise InputError(f"{file}: names nobody; expected VGGFace2's list, such as 'n000001, \"Some_Body\", 424, 0, m'")
    return names
