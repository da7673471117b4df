"""Whether the photos are those that a protocol is named after: figures on others are not the protocol's."""

from __future__ import annotations

import hashlib
from pathlib import Path

from facefit.artifacts import read_bytes
from facefit.faces.lfw import PAIRS, NamedPhotos, are_the_596

_PHOTOS_OF_596 = 3739
_DIGEST_OF_PAIRS = "ea42330c62c92989f9d7c03237ed5d591365e89b3e649747777b70e692dc1592"


def are_official_subjects(photos: NamedPhotos) -> bool:
    """Whether these are all photos of the 596 people."""
    return len(photos) == _PHOTOS_OF_596 and are_the_596(photos.people)


def is_official_list(folder: Path) -> bool:
    """Whether the folder's list of pairs is LFW's own, whatever its line ends."""
    data = read_bytes(folder / PAIRS, "LFW's folder with its list of pairs").replace(b"\r\n", b"\n")
    return hashlib.sha256(data).hexdigest() == _DIGEST_OF_PAIRS


def promised(protocol: str) -> str:
    """What the name of a protocol on LFW stands for."""
    return "LFW's 6,000 pairs in 10 folds" if protocol.startswith("lfw-pairs") else "the 596 people with 3,739 photos"
