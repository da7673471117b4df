"""`facefit pack`: photos as tar shards, for data that outgrows memory or one disk."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from facefit.artifacts import check_writable
from facefit.cli.options import ExcludePeople, Json, Seed
from facefit.cli.output import Output, progress_bar
from facefit.cli.sources import check_task
from facefit.errors import InputError, counted
from facefit.faces.catalogue import Catalogue
from facefit.faces.folders import folder_catalogue
from facefit.faces.layouts import expressions_in
from facefit.faces.packing import pack as pack_job
from facefit.faces.people import excluded_people, without_people
from facefit.faces.pictures import AsTheyAre, FaceViews, Preparation, Resized
from facefit.faces.portraits import person_of
from facefit.faces.shard_header import HEADER
from facefit.faces.shard_writing import Job
from facefit.faces.vggface2 import people_folder
from facefit.weights.metadata import Task

_VIEWS_PX = 112


def pack(
    data: Annotated[
        Path, typer.Argument(metavar="DIR", help="FER+, AffectNet or VGGFace2 as they are, or a folder per class.")
    ],
    out: Annotated[Path, typer.Option("--out", "-o", metavar="SHARDS", help="Folder of the shards.")],
    task: Annotated[
        str, typer.Option(help="'expression' packs photos; 'identity' finds the face and packs both views of it.")
    ] = "expression",
    size: Annotated[
        int | None,
        typer.Option(min=16, metavar="PIXELS", help="Side of what is packed (default: as it is; identity: 112)."),
    ] = None,
    photos_per_shard: Annotated[int, typer.Option(min=1, help="Photos of one shard.")] = 5000,
    exclude_people: ExcludePeople = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes, each with a shard of its own in hand.")] = 1,
    seed: Seed = 0,
    json: Json = False,
) -> None:
    """Pack labelled photos into tar shards, which 'facefit train' and the library WebDataset read.

    Damaged photos are left out and reported. An interrupted call goes on where it stopped.
    """
    started, output = time.perf_counter(), Output(json)
    catalogue, prepare = _photos(data, check_task(task), size, exclude_people or [])
    check_writable(out / HEADER)
    job = Job(catalogue, prepare, out, photos_per_shard, seed)
    with progress_bar(f"packing {counted(len(catalogue), 'photo')}") as report:
        skipped = pack_job(job, workers, report)
    packed = len(catalogue) - sum(name in skipped for name in catalogue.names)
    output.line(f"{counted(packed, 'photo')} in {counted(len(job.shards), 'shard')}; wrote {out / HEADER}")
    left_out = len(catalogue.classes) - len({person_of(name) for name in catalogue.names}) if task == "identity" else 0
    if left_out:
        output.line(f"left out: {left_out:,} of {counted(len(catalogue.classes), 'person', 'people')}")
    if skipped:
        name, reason = next(iter(sorted(skipped.items())))
        output.line(
            f"left out: {counted(len(skipped), 'photo')}, all named in {out / HEADER}; first: {name} ({reason})"
        )
    output.result({
        "folder": str(out), "photos": packed, "skipped": len(skipped), "shards": len(job.shards),
        "classes": len(catalogue.classes), "seconds": time.perf_counter() - started,
    })  # fmt: skip


def _photos(data: Path, task: Task, size: int | None, exclude_people: list[Path]) -> tuple[Catalogue, Preparation]:
    """What is packed, and how."""
    if task == "identity":
        return _people(data, exclude_people), FaceViews(size or _VIEWS_PX)
    if exclude_people:
        raise InputError(f"--exclude-people belongs to --task identity; the task is '{task}': leave it out")
    catalogue = expressions_in(data).learning
    if any(file.suffix == ".tar" for file in catalogue.places.files):
        raise InputError(f"{data}: holds shards already; expected photos to pack")
    return catalogue, Resized(size) if size else AsTheyAre()


def _people(data: Path, exclude_people: list[Path]) -> Catalogue:
    """Without those who are excluded from training: of shards nobody could tell any more that they are LFW."""
    catalogue = folder_catalogue(people_folder(data))
    kept = set(without_people(catalogue.classes, excluded_people(data, exclude_people)))
    return catalogue.where(np.array([person_of(name) in kept for name in catalogue.names], bool))
