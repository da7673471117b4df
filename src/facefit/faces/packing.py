"""Writes tar shards from a catalogue of photos, one shard at a time, so that an interrupted packing goes on."""

from __future__ import annotations

import io
import json
import signal
import tarfile
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from facefit.artifacts import read_json, replacing, write_json
from facefit.errors import InputError
from facefit.faces.catalogue import Catalogue
from facefit.faces.pictures import Picture, Preparation, photo_of
from facefit.faces.shards import HEADER, KIND, SCHEMA, list_shard, shard_files

PLAN = "packing.json"


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


def pack(job: Job, workers: int = 1, progress: Callable[[int, int], None] = lambda done, total: None) -> dict[str, str]:
    """Packs what is not packed yet and returns the photos that were left out, with the reason.

    Raises `InputError` if the folder holds shards of something else, or if no photo can be packed.
    """
    _same_plan(job)
    shards = job.shards
    skipped = dict(job.catalogue.skipped)
    for done, left_out in enumerate(_packed(job, len(shards), workers), 1):
        skipped |= left_out
        progress(done, len(shards))
    if len(skipped) >= len(job.catalogue) + len(job.catalogue.skipped):
        raise InputError(f"none of {len(job.catalogue)} photos can be packed; first: {next(iter(skipped.values()))}")
    catalogue = job.catalogue
    write_json(
        job.folder / HEADER,
        {
            "kind": KIND,
            "schema": SCHEMA,
            "classes": list(catalogue.classes),
            "protocol": catalogue.protocol,
            "part": catalogue.part,
            "side_px": job.prepare.side_px or catalogue.side_px,
            "shards": {file.name: file.stat().st_size for file in shard_files(job.folder)},
            "skipped": dict(sorted(skipped.items())),
        },
    )
    return skipped


def _packed(job: Job, count: int, workers: int) -> Iterator[dict[str, str]]:
    if workers == 1:
        yield from (_pack_shard(job, number) for number in range(count))
        return
    pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_begin, initargs=(job,))
    try:
        for done in as_completed([pool.submit(_pack_again, number) for number in range(count)]):
            yield done.result()
    except BrokenProcessPool as error:
        raise InputError(
            "a packing process was killed, perhaps for want of memory; whole shards are kept: use fewer --workers"
        ) from error
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


class _Packer:
    """The job of a process, which gets it once."""

    job: Job


def _begin(job: Job) -> None:
    """Ctrl-C is the parent's to answer; the shard in hand is finished."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _Packer.job = job


def _pack_again(number: int) -> dict[str, str]:
    return _pack_shard(_Packer.job, number)


def _pack_shard(job: Job, number: int) -> dict[str, str]:
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


def _same_plan(job: Job) -> None:
    """Keeps what the shards are made of; raises `InputError` if the folder holds others."""
    path, plan = job.folder / PLAN, job.plan()
    if path.exists():
        earlier = read_json(path, "the plan of a packing")
        changed = [key for key in plan if earlier.get(key) != plan[key]]
        if changed:
            raise InputError(f"{job.folder}: holds shards of another {', '.join(changed)}; choose another --out")
    elif shard_files(job.folder):
        raise InputError(f"{job.folder}: holds shards that were not packed here; choose another --out")
    write_json(path, plan)
