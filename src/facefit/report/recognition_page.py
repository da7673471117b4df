"""The page of a report on recognising people: one HTML file that needs nothing else."""

from __future__ import annotations

from pathlib import Path

from markupsafe import Markup

from facefit.artifacts import write_bytes
from facefit.report.drawing import inline_svg
from facefit.report.recognition import Photo, RecognitionReport
from facefit.report.recognition_drawing import data_uri, occlusion_figure, overlaid
from facefit.report.templates import rendered


def write_recognition_page(report: RecognitionReport, path: Path) -> None:
    """Writes the page, whole or not at all; `InputError` if the place cannot be written."""
    write_bytes(path, render_recognition(report).encode())


def render_recognition(report: RecognitionReport) -> str:
    """The page as text; photos are inside."""
    drawing = inline_svg(
        occlusion_figure(report.occlusion, report.points), "occlusion", "Where the descriptor looks, mean over faces"
    )
    looked_at = [
        (_shown(one.photo), data_uri(overlaid(one.photo.image, one.occlusion)), float(one.occlusion.max()))
        for one in report.looked_at
    ]
    mistakes = [
        {"probe": _shown(row.probe), "nearest": [_shown(photo) for photo in row.nearest], "own": _shown(row.own)}
        for row in report.mistakes
    ]
    return rendered(
        "recognition.html.jinja",
        report=report,
        task="identity",
        drawing=Markup(drawing),
        strongest=float(report.occlusion.max()),
        looked_at=looked_at,
        mistakes=mistakes,
    )


def _shown(photo: Photo) -> dict[str, str]:
    return {"src": data_uri(photo.image), "caption": photo.caption}
