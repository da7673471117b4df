"""Detections of many photos, kept in a file: the detector sees each photo once, however many networks are evaluated."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from facefit.artifacts import cache_folder, check_writable, read_json, write_json
from facefit.errors import ArtifactError, InputError
from facefit.faces.detected import DetectedFace
from facefit.faces.detector import FaceDetector
from facefit.faces.finding import find_faces

Detections = Mapping[str, tuple[DetectedFace, ...]]
"""The faces of each photo, by its name below the folder."""

_SCHEMA = 1
_SAVE_EVERY = 500


def default_file(folder: Path) -> Path:
    """A file for the folder in the user's cache (XDG base directories), since datasets are often read-only."""
    digest = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:12]
    return cache_folder() / f"detections-{folder.resolve().name}-{digest}.json"


def detect_photos(
    folder: Path,
    names: Sequence[str],
    detector: FaceDetector,
    file: Path,
    progress: Callable[[int, int], None] = lambda done, total: None,
    skipped: dict[str, str] | None = None,
    processes: int = 1,
) -> Detections:
    """Faces of the named photos; only photos that the file does not know, or that have changed, are looked at.

    Many photos are looked at in several processes, if so many are allowed. What was found is kept in the file, also
    after Ctrl-C. A photo that cannot be read is left out, and `skipped` gets
    the reason under its name; raises `InputError` instead if there is no `skipped`, or, before any photo is looked at,
    if the file cannot be written, and `ArtifactError` if it is something else.
    """
    known = _read(file, detector.min_face_px) if file.exists() else {}
    marks = {name: _mark(folder / name) for name in dict.fromkeys(names)}
    missing = [name for name, mark in marks.items() if mark is None or known.get(name, {}).get("mark") != mark]
    done = len(marks) - len(missing)
    if missing:
        check_writable(file)  # looking takes minutes, which a place that keeps nothing would waste
    try:
        with closing(find_faces(folder, missing, detector, processes)) as looked_at:
            for i, (name, faces) in enumerate(looked_at, 1):
                if not isinstance(faces, InputError):
                    known[name] = {"mark": marks[name], "faces": [face.to_json() for face in faces]}
                elif skipped is None:
                    raise faces
                else:
                    skipped[name] = str(faces)
                progress(done + i, len(marks))
                if i % _SAVE_EVERY == 0:
                    _write(file, detector.min_face_px, known)
    finally:
        if missing:
            _write(file, detector.min_face_px, known)
    return _faces(known, [name for name in marks if name not in (skipped or {})], file)


def _faces(known: Mapping[str, Any], names: Iterable[str], file: Path) -> Detections:
    try:
        return {name: tuple(DetectedFace.from_json(face) for face in known[name]["faces"]) for name in names}
    except (ValueError, TypeError, KeyError) as error:
        raise ArtifactError(f"{file}: damaged detections ({error}); delete the file") from error


def _mark(photo: Path) -> list[int] | None:
    """Size and time of a photo, which change when it does; None if there is none, which reading it will tell."""
    try:
        facts = photo.stat()
    except OSError:
        return None
    return [facts.st_size, facts.st_mtime_ns]


def _read(file: Path, min_face_px: int) -> dict[str, Any]:
    data = read_json(file, "kept detections")
    if data.get("schema") != _SCHEMA or not isinstance(data.get("photos"), dict):
        raise ArtifactError(f"{file}: holds no detections of schema {_SCHEMA}; delete the file or name another")
    photos: dict[str, Any] = data["photos"]
    if not all(isinstance(entry, dict) for entry in photos.values()):
        raise ArtifactError(f"{file}: damaged detections; delete the file")
    return photos if data.get("min_face_px") == min_face_px else {}


def _write(file: Path, min_face_px: int, photos: Mapping[str, Any]) -> None:
    write_json(file, {"schema": _SCHEMA, "detector": "mtcnn 1.0.0", "min_face_px": min_face_px, "photos": dict(photos)})
