"""Tar shards as the library WebDataset reads them: for each photo `KEY.jpg`, `KEY.cls` and, of ours, `KEY.json`.

A shard is listed once; photos are then read straight from their place in the tar, in any order, without unpacking.
Shards may be links to other disks.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from facefit.artifacts import read_bytes
from facefit.errors import ArtifactError, InputError
from facefit.faces.catalogue import Catalogue
from facefit.faces.places import Places
from facefit.faces.shard_header import read_header
from facefit.faces.shard_listing import Number, list_shard

CLASS_NAMES, PLAN = "classes.txt", "packing.json"
"""The plan is written before the first shard; the header follows the last one."""
Progress = Callable[[int, int], None]


def shard_files(folder: Path) -> list[Path]:
    """The shards of a folder, sorted; empty if it is no folder of shards. What a killed writer left is none."""
    return sorted(file for file in folder.glob("*.tar") if not file.name.startswith("."))


def shard_catalogue(folder: Path, progress: Progress = lambda done, total: None) -> Catalogue:
    """The photos of all shards in a folder: those of `facefit pack`, or others with `.cls` numbers.

    Class names are those in the header that `facefit pack` writes, or else the lines of `classes.txt`, or the numbers
    themselves. Members without a class, or without a photo, are among the skipped ones. Raises `InputError` or
    `ArtifactError` if shards are missing, damaged, or of another form.
    """
    files, header = shard_files(folder), read_header(folder)
    _check_complete(folder, files, header)
    listings = []
    for done, file in enumerate(files, 1):
        listings.append(list_shard(file))
        progress(done, len(files))
    labels = np.concatenate([listing.labels for listing in listings])
    if not len(labels):
        raise InputError(
            f"{folder}: {len(files)} shards without a photo that has a class; expected KEY.jpg and KEY.cls"
        )
    lengths = np.concatenate([listing.lengths for listing in listings])
    places = Places(
        tuple(files),
        np.repeat(np.arange(len(files), dtype=np.int32), [len(listing.names) for listing in listings]),
        np.concatenate([listing.offsets for listing in listings]),
        lengths,
        _joined(folder, "a box", [listing.boxes for listing in listings if listing.names]),
    )
    targets = _joined(folder, "votes", [listing.targets for listing in listings if listing.names])
    names = tuple(name for listing in listings for name in listing.names)
    return Catalogue(
        places=places,
        targets=labels if targets is None else targets,
        names=names,
        classes=_classes(folder, header, labels, targets),
        protocol=header.get("protocol", "shards"),
        skipped=header.get("skipped", {}) | {name: why for one in listings for name, why in one.left_out.items()},
        part=header.get("part"),
        side_px=header.get("side_px"),
    )


def _joined(folder: Path, what: str, parts: list[NDArray[Number] | None]) -> NDArray[Number] | None:
    there = [part for part in parts if part is not None]
    if len(there) not in (0, len(parts)):
        raise ArtifactError(f"{folder}: some shards have {what} for each photo, others not; pack them again")
    if len({part.shape[1] for part in there}) > 1:
        raise ArtifactError(f"{folder}: {what} is of another length in some shards than in others; pack them again")
    return np.concatenate(there) if there else None


def _classes(
    folder: Path, header: dict[str, Any], labels: NDArray[np.int64], votes: NDArray[np.float32] | None
) -> tuple[str, ...]:
    named = list(header.get("classes", []))
    if not named and (folder / CLASS_NAMES).is_file():
        named = read_bytes(folder / CLASS_NAMES, "class names").decode("utf-8-sig", errors="replace").split("\n")
        named = [name.strip() for name in named if name.strip()]
    # Without names: of more classes than photos some would have none, and a wrong number could fill the memory.
    known = len(named) or (len(labels) if votes is None else votes.shape[1])
    if labels.min() < 0 or labels.max() >= known:
        raise ArtifactError(
            f"{folder}: classes are {labels.min()} to {labels.max()}; expected 0 to {known - 1}, or the names of all "
            f"in {CLASS_NAMES}"
        )
    if votes is not None and votes.shape[1] != known:
        raise ArtifactError(f"{folder}: votes are for {votes.shape[1]} classes; expected {known}: pack them again")
    return tuple(named or map(str, range(int(labels.max()) + 1 if votes is None else known)))


def _check_complete(folder: Path, files: list[Path], header: dict[str, Any]) -> None:
    if not files:
        raise InputError(f"{folder}: holds no shard; expected files that end in .tar")
    if not header and (folder / PLAN).is_file():
        raise InputError(f"{folder}: packing was interrupted, some shards are missing; call 'facefit pack' again")
    sizes = header.get("shards", {})
    wrong = [name for name, size in sizes.items() if not _has_size(folder / name, size)]
    if wrong or (header and len(files) != len(sizes)):
        first = wrong[0] if wrong else next(file.name for file in files if file.name not in sizes)
        raise ArtifactError(f"{folder}: {first} is missing, cut off or not of this pack; copy it again or take it away")


def _has_size(path: Path, size: int) -> bool:
    return path.is_file() and path.stat().st_size == size
