"""Writes one tar shard of photos."""

from __future__ import annotations

import io
import json
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from facefit.artifacts import replacing
from facefit.errors import InputError
from facefit.faces.catalogue import Catalogue
from facefit.faces.pictures import Picture, Preparation, photo_of
from facefit.faces.shard_listing import list_shard


@dataclass(frozen=True, slots=True)
class Job:
    """A catalogue to be packed: photos in a random order, so that neighbours in a shard are of any class."""

    catalogue: Catalogue
    prepare: Preparation
    folder: Path
    photos_per_shard: int
    seed: int

    @property
    def shards(self) -> list[NDArray[np.int64]]:
        """The photos of each shard."""
        order = np.random.default_rng(self.seed).permutation(len(self.catalogue))
        return [order[start : start + self.photos_per_shard] for start in range(0, len(order), self.photos_per_shard)]

    def plan(self) -> dict[str, Any]:
        """What decides the content of the shards."""
        return {
            "photos": self.catalogue.fingerprint(),
            "prepared": type(self.prepare).__name__,
            "side_px": self.prepare.side_px,
            "photos_per_shard": self.photos_per_shard,
            "seed": self.seed,
        }


def write_shard(job: Job, number: int) -> dict[str, str]:
    """Writes a shard, unless it is there, and returns the photos that it lacks, with the reason."""
    path = job.folder / f"shard-{number:06}.tar"
    if path.exists():
        there = {photo_of(name) for name in list_shard(path).names}
        lacking = [int(i) for i in job.shards[number] if job.catalogue.names[i] not in there]
        return {job.catalogue.names[i]: _reason(job, i) for i in lacking}
    skipped = {}
    with replacing(path) as temporary, tarfile.open(temporary, "w", format=tarfile.GNU_FORMAT) as tar:
        for i in map(int, job.shards[number]):
            try:
                pictures = job.prepare(job.catalogue.places, i)
            except InputError as error:
                skipped[job.catalogue.names[i]] = str(error)
                continue
            for picture in pictures:
                _add(tar, job.catalogue, i, picture)
    return skipped


def _reason(job: Job, i: int) -> str:
    """Why a photo is not in its shard."""
    try:
        job.prepare(job.catalogue.places, i)
    except InputError as error:
        return str(error)
    return "could not be read when its shard was packed"


def _add(tar: tarfile.TarFile, catalogue: Catalogue, i: int, picture: Picture) -> None:
    label = int(catalogue.labels[i])
    said: dict[str, Any] = {"name": catalogue.names[i] + picture.ending, "class": catalogue.classes[label]}
    if catalogue.targets.ndim == 2:
        said["votes"] = catalogue.targets[i].tolist()
    if picture.box is not None:
        said["box"] = picture.box
    key = f"{i:09}{picture.ending.replace('#', '-')}"
    parts = {picture.suffix: picture.data, ".cls": str(label).encode(), ".json": json.dumps(said).encode()}
    for suffix, data in parts.items():
        member = tarfile.TarInfo(key + suffix)
        member.size = len(data)
        tar.addfile(member, io.BytesIO(data))
