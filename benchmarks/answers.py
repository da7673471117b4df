"""Which photos a subnet recognises, one by one, and files that keep that: differences want pairs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np

from facefit.artifacts import replacing
from facefit.errors import ArtifactError
from facefit.evaluation.intervals import Correct
from facefit.faces.dataset import LabelledFaces
from facefit.space import Subnet
from facefit.supernet.images import answers_to
from facefit.supernet.network import DescriptorNet
from facefit.supernet.normalisers import Statistics


def right_answers(net: DescriptorNet, subnet: Subnet, photos: LabelledFaces, statistics: Statistics) -> Correct:
    """Photos whose most voted class a subnet finds with these statistics, bool (n,)."""
    _, logits = answers_to(net, subnet, photos, statistics)
    right: Correct = logits.argmax(1) == photos.labels
    return right


def save_answers(path: Path, answers: Mapping[str, Correct]) -> None:
    """Writes bool arrays (..., n) under their names, eight to a byte, whole or not at all (`.npz`)."""
    packed: dict[str, Any] = {name: np.packbits(right, axis=-1) for name, right in answers.items()}
    lengths: dict[str, Any] = {f"{name} n": np.array(right.shape[-1]) for name, right in answers.items()}
    with replacing(path) as temporary:
        np.savez(temporary, **packed, **lengths)


def load_answers(path: Path) -> dict[str, Correct]:
    """Raises `ArtifactError` if the file is damaged."""
    try:
        with np.load(path, allow_pickle=False) as kept:
            names = [name for name in kept if not name.endswith(" n")]
            return {name: np.unpackbits(kept[name], axis=-1, count=int(kept[f"{name} n"])) > 0 for name in names}
    except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
        raise ArtifactError(f"{path}: is no file of answers ({error}); move it away to ask again") from error
