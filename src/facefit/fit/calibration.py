"""Extraction with batch-norm statistics: predicted without data, or from the user's own faces."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray

from facefit.bundle import Bundle
from facefit.device.timing import Progress
from facefit.errors import InputError, require
from facefit.faces.alignment import MATCH_VIEW
from facefit.faces.dataset import CALIBRATION_IMAGES, LabelledFaces
from facefit.faces.folders import image_files
from facefit.faces.images import read_image
from facefit.faces.portraits import cut_out
from facefit.space import Subnet
from facefit.weights import NetworkMetadata, StaticNetwork, TrainedPeople

LEAST_IMAGES = 32
_WORTH_CALIBRATING_POINTS = 0.3


@dataclass(frozen=True, slots=True)
class Extracted:
    """A network, where its batch-norm statistics come from, and which images could not be read or show no face, with
    the reason."""

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


def extract_calibrated(
    bundle: Bundle, subnet: Subnet, folder: Path, rng: np.random.Generator, progress: Progress
) -> Extracted:
    """Extracts a subnet with exact statistics over faces below a folder, at most 768 drawn at random as `read_faces`
    does. Raises `InputError` with fewer than 32.
    """
    faces = read_faces(folder, subnet.resolution, bundle.metadata, rng, progress=progress)
    network = extract_recalibrated(bundle, subnet, faces)
    network = replace(network, metadata=having_met(network.metadata, faces.names))
    return Extracted(network, f"recalibrated on {len(faces)} images", faces.skipped)


def extract_recalibrated(bundle: Bundle, subnet: Subnet, faces: LabelledFaces) -> StaticNetwork:
    """A subnet with exact statistics over the faces, all at once."""
    from facefit.supernet.images import network_input
    from facefit.supernet.loading import from_shared_weights
    from facefit.supernet.reference import as_arrays

    images = network_input(faces, subnet.resolution)
    return bundle.extract(subnet, as_arrays(from_shared_weights(bundle.weights).recalibrate(subnet, images)))


def read_faces(
    folder: Path,
    size: int,
    metadata: NetworkMetadata,
    rng: np.random.Generator,
    at_most: int = CALIBRATION_IMAGES,
    progress: Progress = lambda done, total: None,
) -> LabelledFaces:
    """Images below a folder, drawn at random, as the network will see them: (size, size), without labels.

    To tell people apart, the face in the middle of each photo is found and cut out in the view that `facefit match`
    shows, also where the photo is a crop already; for expressions images are resized as they are. What is damaged or
    shows no face is skipped. Raises `InputError` with fewer than 32.
    """
    files = image_files(folder)
    drawn = [files[i].relative_to(folder).as_posix() for i in rng.permutation(len(files))]
    images: dict[str, NDArray[np.uint8]] = {}
    skipped: dict[str, str] = {}
    while drawn and len(images) < at_most:
        missing = at_most - len(images)
        some, drawn = drawn[:missing], drawn[missing:]
        if metadata.task == "identity":
            images |= {name: face for name, (face,) in cut_out(folder, some, size, (MATCH_VIEW,), skipped, progress)}
        else:
            images |= dict(_as_they_are(folder, some, size, skipped))
    _enough(len(images), folder, skipped)
    classes = metadata.classes
    unknown = np.full((len(images), len(classes)), 1 / max(len(classes), 1), np.float32)
    return LabelledFaces(np.stack(list(images.values())), unknown, tuple(images), classes, "calibration", skipped)


def having_met(metadata: NetworkMetadata, names: Iterable[str]) -> NetworkMetadata:
    """With the people on the named photos, `PERSON/photo.jpg`, among those that the network is never judged on.

    Every folder above a photo may be the one that names its person; photos without any are told as unnamed. Networks
    that do not tell people apart are not judged on people, and stay as they are.
    """
    if metadata.task != "identity":
        return metadata
    folders = [PurePosixPath(name).parts[:-1] for name in names]
    bare = sum(not parts for parts in folders)
    unnamed = (f"the people on {bare} photos that it was calibrated on",) if bare else ()
    met = TrainedPeople.of({part for parts in folders for part in parts}, unnamed)
    return replace(metadata, trained_people=met.after(metadata.trained_people))


def _as_they_are(
    folder: Path, names: Sequence[str], size: int, skipped: dict[str, str]
) -> Iterator[tuple[str, NDArray[np.uint8]]]:
    for name in names:
        try:
            yield name, read_image(folder / name, size)
        except InputError as error:
            skipped[name] = str(error)


def _enough(images: int, folder: Path, skipped: dict[str, str] | None = None) -> None:
    if images >= LEAST_IMAGES:
        return
    name, reason = next(iter((skipped or {}).items()), ("", ""))
    left_out = f" ({len(skipped)} left out, first {name}: {reason})" if skipped else ""
    raise InputError(
        f"{folder}: {images} images to calibrate on{left_out}; expected faces on at least {LEAST_IMAGES}, some "
        f"hundreds are better"
    )
