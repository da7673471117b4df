"""FER+ in its own layout: FER2013 photos with ten annotators' votes (Barsoum et al. 2016).

The folder holds `fer2013new.csv` and one folder of 48x48 grey PNGs per split.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from facefit.errors import InputError
from facefit.faces.catalogue import Catalogue
from facefit.faces.dataset import LabelledFaces
from facefit.faces.places import Places

TABLE = "fer2013new.csv"
CLASSES = ("neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt")
SPLITS = {
    "train": ("Training", "FER2013Train"),
    "valid": ("PublicTest", "FER2013Valid"),
    "test": ("PrivateTest", "FER2013Test"),
}
SIZE = 48

Protocol = Literal["majority", "argmax", "votes"]
PROTOCOLS: tuple[Protocol, ...] = get_args(Protocol)


def load_ferplus(folder: Path, split: str, protocol: Protocol) -> LabelledFaces:
    """Reads the photos of `ferplus_catalogue`; raises `InputError` if there is no usable one."""
    return ferplus_catalogue(folder, split, protocol).load(SIZE)


def ferplus_catalogue(folder: Path, split: str, protocol: Protocol) -> Catalogue:
    """The photos of one split ('train', 'valid' or 'test').

    Protocols: 'majority' and 'argmax' drop single votes first, as the label authors do; 'majority' then keeps
    photos whose top class has over half of the votes, 'argmax' those whose top class is one of the eight
    expressions; both make one-hot targets. 'votes' keeps photos with at least half of the votes on the eight
    expressions and makes the votes soft targets (for training). Photos with most votes for 'unknown' or 'no face'
    are dropped by all. Raises `InputError` if the folder is not FER+.
    """
    if split not in SPLITS:
        raise InputError(f"FER+ split '{split}' is unknown; expected one of {', '.join(SPLITS)}")
    if protocol not in PROTOCOLS:
        raise InputError(f"FER+ protocol '{protocol}' is unknown; expected one of {', '.join(PROTOCOLS)}")
    usage, photos = SPLITS[split]
    all_names, votes = _read_votes(folder / TABLE, usage)
    kept, targets = _decide(votes, protocol)
    names = tuple(all_names[i] for i in np.flatnonzero(kept))
    if not names:
        raise InputError(f"{folder / photos}: no photo is kept by the protocol '{protocol}'; expected FER+ with votes")
    places = Places.of_files(tuple(folder / photos / name for name in names))
    return Catalogue(places, targets[kept], names, CLASSES, f"ferplus-{protocol}", part=split, side_px=SIZE)


def _read_votes(table: Path, usage: str) -> tuple[list[str], NDArray[np.float32]]:
    try:
        with table.open(newline="", encoding="utf-8-sig") as lines:
            rows = [row for row in csv.reader(lines) if row and row[0] == usage and row[1]]
        for row in rows:
            if len(row) != 12 or Path(row[1]).name != row[1] or "\0" in row[1]:
                raise ValueError(f"a row is {','.join(row)}; expected usage, file name and ten numbers")
        votes = np.array([[int(v) for v in row[2:]] for row in rows], dtype=np.float32).reshape(-1, 10)
    except FileNotFoundError as error:
        raise InputError(f"{table}: no such file; expected the FER+ folder with fer2013new.csv") from error
    except (OSError, ValueError, OverflowError, IndexError, csv.Error) as error:
        raise InputError(f"{table}: not the FER+ table ({error}); download it again") from error
    if not rows:
        raise InputError(f"{table}: has no row of usage '{usage}'")
    return [row[1] for row in rows], votes


def _decide(votes: NDArray[np.float32], protocol: Protocol) -> tuple[NDArray[np.bool_], NDArray[np.float32]]:
    """Which rows are kept, bool (n,), and their targets over the eight expressions, float32 (n, 8)."""
    counted = np.where(votes > 1, votes, 0)
    total, expressions = counted.sum(axis=1), counted[:, :8]
    top = counted.argmax(axis=1)
    expression_on_top = (top < 8) & (total > 0)
    if protocol == "votes":
        share = expressions.sum(axis=1)
        kept = expression_on_top & (2 * share >= total)
        return kept, expressions / np.maximum(share, 1)[:, None]
    kept = expression_on_top & (2 * counted.max(axis=1) > total) if protocol == "majority" else expression_on_top
    return kept, np.eye(8, dtype=np.float32)[np.minimum(top, 7)]
