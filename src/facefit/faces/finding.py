"""Looks for faces in many photos, in this process or in several, each with a detector of one thread: the networks are
so small that more threads hardly speed them up."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from pathlib import Path
from typing import TypeAlias

from facefit.errors import InputError
from facefit.faces.detected import DetectedFace
from facefit.faces.detector import FaceDetector
from facefit.faces.images import read_image
from facefit.worker_processes import serve_parent

Found: TypeAlias = tuple[DetectedFace, ...] | InputError
"""The faces of a photo, or why it cannot be read."""

_PORTION = 8
_LEAST = 64
"""Fewer photos are done sooner than processes start."""


def find_faces(
    folder: Path, names: Sequence[str], detector: FaceDetector, processes: int = 1
) -> Generator[tuple[str, Found], None, None]:
    """Yields names with what was found there, in any order. Close it where it is left early: processes then end after
    the portions in hand. Raises `InputError` if a process is killed."""
    if processes == 1 or len(names) < _LEAST:
        for name in names:
            yield name, _found(folder / name, detector)
        return
    context, portions = get_context("spawn"), [names[i : i + _PORTION] for i in range(0, len(names), _PORTION)]
    pool = ProcessPoolExecutor(processes, mp_context=context, initializer=_begin, initargs=(detector.min_face_px,))
    try:
        for done in as_completed([pool.submit(_look, folder, portion) for portion in portions]):
            yield from done.result()
    except BrokenProcessPool as error:
        raise InputError(
            "a process that looked for faces was killed, perhaps for want of memory; what was found is kept: use fewer "
            "--threads"
        ) from error
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _found(photo: Path, detector: FaceDetector) -> Found:
    try:
        return tuple(detector(read_image(photo)))
    except InputError as error:
        return error


class _Looker:
    """The detector of a process, which makes it once."""

    detector: FaceDetector


def _begin(min_face_px: int) -> None:
    serve_parent()
    _Looker.detector = FaceDetector(min_face_px)


def _look(folder: Path, names: Sequence[str]) -> list[tuple[str, Found]]:
    return [(name, _found(folder / name, _Looker.detector)) for name in names]
