"""Extraction with batch-norm statistics: predicted without data, or from the user's own faces."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from facefit.bundle import Bundle
from facefit.errors import InputError, require
from facefit.faces.dataset import CALIBRATION_IMAGES, LabelledFaces
from facefit.faces.folders import image_files
from facefit.faces.images import read_image
from facefit.space import Subnet
from facefit.weights import StaticNetwork

LEAST_IMAGES = 32
_WORTH_CALIBRATING_POINTS = 0.3


@dataclass(frozen=True, slots=True)
class Extracted:
    """A network, where its batch-norm statistics come from, and which images could not be read, with the reason."""

    network: StaticNetwork
    statistics: str
    skipped: dict[str, str]


def check_calibration(folder: Path) -> None:
    """Raises what can be known before any work: `MissingExtra` without PyTorch, `InputError` without enough images."""
    require("torch", "train", "calibrating on your own faces")
    _enough(len(image_files(folder)), folder)


def extract_predicted(bundle: Bundle, subnet: Subnet) -> Extracted:
    """Extracts a subnet with predicted statistics, and says what that was measured to cost, and what to do if much."""
    cost, said = bundle.statistics.cost, "predicted"
    if cost:
        said += f", which costs {cost}"
        if cost.points > _WORTH_CALIBRATING_POINTS:
            said += f"; above {_WORTH_CALIBRATING_POINTS} points: '--calibrate DIR' with faces like yours avoids it"
    return Extracted(bundle.extract(subnet), said, {})


def extract_calibrated(bundle: Bundle, subnet: Subnet, folder: Path, rng: np.random.Generator) -> Extracted:
    """Extracts a subnet with exact statistics over the images below a folder, at most 768 drawn at random.

    Images should be face crops like those that the network will see. Raises `InputError` with fewer than 32.
    """
    faces = read_faces(folder, subnet.resolution, bundle.metadata.classes, rng)
    network = extract_recalibrated(bundle, subnet, faces)
    return Extracted(network, f"recalibrated on {len(faces)} images", faces.skipped)


def extract_recalibrated(bundle: Bundle, subnet: Subnet, faces: LabelledFaces) -> StaticNetwork:
    """A subnet with exact statistics over the faces, all at once."""
    from facefit.supernet.images import network_input
    from facefit.supernet.loading import from_shared_weights
    from facefit.supernet.reference import as_arrays

    images = network_input(faces, subnet.resolution)
    return bundle.extract(subnet, as_arrays(from_shared_weights(bundle.weights).recalibrate(subnet, images)))


def read_faces(
    folder: Path, size: int, classes: tuple[str, ...], rng: np.random.Generator, at_most: int = CALIBRATION_IMAGES
) -> LabelledFaces:
    """Images below a folder, drawn at random, resized to (size, size) and without labels; damaged ones are skipped.

    Raises `InputError` with fewer than 32.
    """
    files = image_files(folder)
    drawn = [files[i] for i in rng.permutation(len(files))]
    images: list[NDArray[np.uint8]] = []
    names: list[str] = []
    skipped: dict[str, str] = {}
    for file in drawn:
        if len(images) == at_most:
            break
        name = file.relative_to(folder).as_posix()
        try:
            images.append(read_image(file, size))
            names.append(name)
        except InputError as error:
            skipped[name] = str(error)
    _enough(len(images), folder)
    unknown = np.full((len(images), len(classes)), 1 / max(len(classes), 1), np.float32)
    return LabelledFaces(np.stack(images), unknown, tuple(names), classes, "calibration", skipped)


def _enough(images: int, folder: Path) -> None:
    if images < LEAST_IMAGES:
        raise InputError(
            f"{folder}: {images} readable images; expected at least {LEAST_IMAGES} faces to calibrate on, "
            f"some hundreds are better"
        )
