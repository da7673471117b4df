"""What a tar shard holds and where in it: photos with their class, listed without reading them."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from facefit.errors import ArtifactError
from facefit.faces.images import SUFFIXES

Number = TypeVar("Number", bound=np.generic)


@dataclass(frozen=True, slots=True, eq=False)
class Listing:
    """What a shard holds: names, places in the file, class numbers, and where it says so votes (n, classes) and boxes
    (n, 4)."""

    names: list[str]
    offsets: NDArray[np.int64]
    lengths: NDArray[np.int64]
    labels: NDArray[np.int64]
    targets: NDArray[np.float32] | None
    boxes: NDArray[np.int32] | None


def list_shard(path: Path) -> Listing:
    """What one shard holds; photos without a class are left out. Raises `ArtifactError` if it is no whole tar."""
    names, places, labels, votes, boxes = [], [], [], [], []
    try:
        with tarfile.open(path, "r:") as tar:
            for key, parts in _photos(tar):
                image = next((parts[s] for s in SUFFIXES if s in parts), None)
                if image is None or ".cls" not in parts:
                    continue
                said = json.loads(_content(tar, parts[".json"])) if ".json" in parts else {}
                names.append(str(said.get("name", f"{path.stem}/{key}")))
                places.append((image.offset_data, image.size))
                labels.append(int(_content(tar, parts[".cls"])))
                votes.append(said.get("votes"))
                boxes.append(said.get("box"))
    except (tarfile.TarError, OSError, EOFError, ValueError, AttributeError) as error:
        raise ArtifactError(f"{path}: not a whole shard of photos ({error}); copy or pack it again") from error
    offsets, lengths = np.array(places, np.int64).reshape(-1, 2).T
    return Listing(
        names,
        offsets,
        lengths,
        np.array(labels, np.int64),
        _rows(path, votes, np.float32),
        _rows(path, boxes, np.int32),
    )


def _photos(tar: tarfile.TarFile) -> Iterator[tuple[str, dict[str, tarfile.TarInfo]]]:
    """Members that follow each other and share a name up to its first dot, by the rest of the name."""
    key, parts = "", dict[str, tarfile.TarInfo]()
    for member in tar:
        if not member.isfile():
            continue
        above, _, last = member.name.rpartition("/")
        stem, dot, rest = last.partition(".")
        own = f"{above}/{stem}" if above else stem
        if own != key and parts:
            yield key, parts
            parts = {}
        key = own
        parts[f"{dot}{rest}".lower()] = member
    if parts:
        yield key, parts


def _content(tar: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    file = tar.extractfile(member)
    return file.read() if file else b""


def _rows(path: Path, values: list[Any], dtype: type[Number]) -> NDArray[Number] | None:
    """None if no photo has one; raises `ArtifactError` if only some have, or of several lengths."""
    if all(value is None for value in values):
        return None
    try:
        return np.array(values, dtype)
    except (TypeError, ValueError) as error:
        raise ArtifactError(f"{path}: photos differ in the form of votes or boxes ({error}); pack it again") from error
