"""`facefit evaluate --report DIR`: what a descriptor looks at, and whom it takes for whom, in the user's own folder."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from facefit.evaluation.bootstrap import Estimate
from facefit.evaluation.harness import Harness
from facefit.evaluation.identification import IdentificationResult
from facefit.evaluation.lfw import Recognition
from facefit.evaluation.mistakes import Mistake, Neighbour, find_mistakes
from facefit.evaluation.occlusion import occlusion_maps
from facefit.faces.alignment import TEMPLATE, TEMPLATE_PX, view_face
from facefit.faces.detected import central_face
from facefit.faces.images import read_image
from facefit.report.recognition import LookedAt, MistakenPhoto, Photo, RecognitionReport
from facefit.report.recognition_page import write_recognition_page
from facefit.report.view import KeyFigure

PAGE = "report.html"
_MAPPED, _SHOWN, _MISTAKES = 48, 6, 20
_NO_FACE = "no face found"


def write_recognition_report(
    folder: Path, file: Path, harness: Harness, seen: Recognition, result: IdentificationResult
) -> Path:
    """Writes the page into the folder and returns its path."""
    size = harness.describer.input_size
    rng = np.random.default_rng(seen.seed)
    drawn = np.sort(rng.permutation(np.flatnonzero(seen.described.found))[:_MAPPED]).tolist()
    faces = np.stack([_face(seen, i, size) for i in drawn])
    with harness.stage(f"covering parts of {len(faces)} faces") as progress:
        maps = occlusion_maps(harness.describer, faces, progress)
    mistakes, mistaken = find_mistakes(seen, _MISTAKES)
    aligned = seen.view == "aligned"
    report = RecognitionReport(
        file=file.name,
        headline=f"{file.name} recognises {100 * result.accuracy.value:.2f} % of {result.probes} photos",
        subtitle=f"{result.protocol}: one {seen.view} photo of each of {result.people} people is known",
        figures=_figures(result),
        occlusion=maps.mean(axis=0),
        occlusion_n=len(maps),
        points=tuple((x / TEMPLATE_PX, y / TEMPLATE_PX) for x, y in TEMPLATE) if aligned else (),
        looked_at=tuple(
            LookedAt(Photo(face, seen.photos.names[i]), one)
            for i, face, one in list(zip(drawn, faces, maps, strict=True))[:: max(len(drawn) // _SHOWN, 1)][:_SHOWN]
        ),
        mistakes=tuple(_mistake(seen, mistake, size) for mistake in mistakes),
        mistaken=mistaken,
        made={"protocol": result.protocol, "repeats": str(len(result.accuracies)), "seed": str(seen.seed),
              "input": f"{size} px"},
    )  # fmt: skip
    write_recognition_page(report, folder / PAGE)
    return folder / PAGE


def _figures(result: IdentificationResult) -> tuple[KeyFigure, ...]:
    named = {"accuracy": result.accuracy, "median over repeats": result.median, "mean over people": result.person_mean}
    figures = [KeyFigure(name, f"{100 * figure.value:.2f} %", _interval(figure)) for name, figure in named.items()]
    return (*figures, KeyFigure(_NO_FACE, str(result.without_face), f"of {result.n} photos; never a match"))


def _interval(figure: Estimate) -> str:
    low, high = figure.interval
    return f"95 % interval {100 * low:.2f} to {100 * high:.2f}"


def _mistake(seen: Recognition, mistake: Mistake, size: int) -> MistakenPhoto:
    repeats = len(seen.recognised.right)
    name = seen.photos.names[mistake.probe]
    return MistakenPhoto(
        probe=Photo(_face(seen, mistake.probe, size), f"{name}, mistaken in {mistake.times} of {repeats} galleries"),
        nearest=tuple(_neighbour(seen, one, size) for one in mistake.nearest),
        own=_neighbour(seen, mistake.own, size),
    )


def _neighbour(seen: Recognition, one: Neighbour, size: int) -> Photo:
    known = f"{one.similarity:.3f}" if np.isfinite(one.similarity) else _NO_FACE
    return Photo(_face(seen, one.photo, size), f"{seen.photos.names[one.photo]}, {known}")


def _face(seen: Recognition, i: int, size: int) -> NDArray[np.uint8]:
    """The face as the network sees it, or nothing but black where none was found."""
    name = seen.photos.names[i]
    photo = read_image(seen.photos.folder / name)
    face = central_face(seen.detections[name], *photo.shape[:2])
    return np.zeros((size, size, 3), np.uint8) if face is None else view_face(photo, face, size, seen.view)
