"""Writes tar shards from a catalogue of photos, one shard at a time, so that an interrupted packing goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context

from facefit.artifacts import read_json, write_json
from facefit.errors import InputError
from facefit.faces.shard_header import HEADER, KIND, SCHEMA
from facefit.faces.shard_writing import Job, write_shard
from facefit.faces.shards import PLAN, shard_files
from facefit.worker_processes import serve_parent


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
        yield from (write_shard(job, number) for number in range(count))
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
    serve_parent()
    _Packer.job = job


def _pack_again(number: int) -> dict[str, str]:
    return write_shard(_Packer.job, number)


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
