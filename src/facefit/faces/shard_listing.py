"""What a tar shard holds and where in it: photos with their class, listed without reading them."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from facefit.errors import ArtifactError
from facefit.faces.images import SUFFIXES

Number = TypeVar("Number", bound=np.generic)
_LACKING = f"photo without class, or class without photo; expected KEY.cls beside KEY{', KEY'.join(SUFFIXES)}"
_DAMAGE = (tarfile.TarError, OSError, EOFError, ValueError, AttributeError, OverflowError, RecursionError)


@dataclass(frozen=True, slots=True, eq=False)
class Listing:
    """What a shard holds: names, places in the file, class numbers, and where it says so votes (n, classes) and boxes
    (n, 4); and what it holds beside, with the reason why that cannot be learnt from."""

    names: list[str]
    offsets: NDArray[np.int64]
    lengths: NDArray[np.int64]
    labels: NDArray[np.int64]
    targets: NDArray[np.float32] | None
    boxes: NDArray[np.int32] | None
    left_out: dict[str, str]


def list_shard(path: Path) -> Listing:
    """What one shard holds; raises `ArtifactError` if it is no whole tar, or what it says of photos makes no sense."""
    names, places, labels, votes, boxes = [], [], [], [], []
    left_out: dict[str, str] = {}
    try:
        with tarfile.open(path, "r:") as tar:
            for key, parts in _photos(tar):
                image = next((parts[s] for s in SUFFIXES if s in parts), None)
                if image is None or ".cls" not in parts:
                    left_out |= {f"{path.stem}/{key}": _LACKING} if _tells_of_a_photo(parts) else {}
                    continue
                said = json.loads(_content(tar, parts[".json"])) if ".json" in parts else {}
                name = str(said.get("name", f"{path.stem}/{key}"))
                name.encode(errors="surrogateescape")  # which is how names are told apart later on
                names.append(name)
                places.append((image.offset_data, image.size))
                labels.append(int(_content(tar, parts[".cls"])))
                votes.append(said.get("votes"))
                boxes.append(said.get("box"))
        numbers = np.array(labels, np.int64)
    except _DAMAGE as error:
        raise ArtifactError(f"{path}: not a whole shard of photos ({error}); copy or pack it again") from error
    offsets, lengths = np.array(places, np.int64).reshape(-1, 2).T
    return Listing(names, offsets, lengths, numbers, _votes(path, votes), _rows(path, boxes, np.int32, 4), left_out)


def _tells_of_a_photo(parts: Iterable[str]) -> bool:
    """Whether members end as a photo or its class do, and so were meant to be one."""
    return any(part.endswith((*SUFFIXES, ".cls")) for part in parts)


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


def _votes(path: Path, values: list[Any]) -> NDArray[np.float32] | None:
    """Raises `ArtifactError` where they are no shares of one vote."""
    rows = _rows(path, values, np.float32)
    if rows is not None and not ((rows >= 0).all() and np.allclose(rows.sum(axis=1), 1, atol=1e-3)):
        raise ArtifactError(f"{path}: votes of some photos do not sum to 1; expected the share of each class")
    return rows


def _rows(path: Path, values: list[Any], dtype: type[Number], columns: int | None = None) -> NDArray[Number] | None:
    """None if no photo has one; raises `ArtifactError` if only some have, or of several lengths."""
    if all(value is None for value in values):
        return None
    try:
        rows = np.array(values, dtype)
    except (TypeError, ValueError, OverflowError) as error:
        raise ArtifactError(f"{path}: photos differ in the form of votes or boxes ({error}); pack it again") from error
    if rows.ndim != 2 or columns not in (None, rows.shape[1]):
        raise ArtifactError(f"{path}: votes or boxes of photos are not lists of so many numbers; pack it again")
    return rows
