"""`facefit match`: who is on both of two photos."""

from __future__ import annotations

from collections.abc import Mapping
from os import path
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import typer
from numpy.typing import NDArray
from PIL import Image

from facefit.artifacts import cache_folder, check_writable
from facefit.bundle import Bundle
from facefit.cli.match_answer import figures, told
from facefit.cli.options import (
    ForeignColour,
    ForeignLayout,
    ForeignOutput,
    ForeignSize,
    Json,
    Mean,
    MinFace,
    Pixels,
    Std,
    Threads,
    ViewOfFaces,
)
from facefit.cli.output import Output, progress_bar
from facefit.errors import InputError
from facefit.faces.alignment import View
from facefit.faces.detector import FaceDetector
from facefit.faces.images import read_image
from facefit.faces.matching import (
    DescribedFaces,
    Match,
    card_acceptance,
    card_threshold,
    card_view,
    check_tells_people_apart,
    describe_faces,
    matches,
)
from facefit.fit.ready import ReadyMade
from facefit.fit.wanted import WEIGHTS
from facefit.report.match_drawing import FramedPhoto, Line, check_picture_name, match_picture, save_picture
from facefit.runtime import BLACK_AND_WHITE, Descriptor, ImageForm

_USUAL_FAR = "0.001"


def match(
    photos: Annotated[
        tuple[Path, Path], typer.Argument(metavar="PHOTO PHOTO", help="Two photos with any number of faces.")
    ],
    descriptor: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="A .tflite or .onnx file that describes faces (default: the bundled identity SuperNet's largest).",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="FILE", help="Draws both photos, with lines between matches (.png, .jpg)."),
    ] = None,
    threshold: Annotated[
        float | None,
        typer.Option(metavar="COSINE", help="Least similarity of a match, from -1 to 1 (default: the card's)."),
    ] = None,
    far: Annotated[
        Literal["0.01", "0.001"] | None,
        typer.Option(help="False acceptance rate of the card's threshold.", show_default=_USUAL_FAR),
    ] = None,
    view: ViewOfFaces = None,
    min_face: MinFace = 40,
    pixels: Pixels = BLACK_AND_WHITE,
    mean: Mean = None,
    std: Std = None,
    layout: ForeignLayout = None,
    size: ForeignSize = None,
    colour: ForeignColour = "rgb",
    output_name: ForeignOutput = None,
    threads: Threads = 1,
    json: Json = False,
) -> None:
    """Compare all faces of two photos. A photo without a face is told as such, and is never a match.

    Other people's files compare too: say what they want to see, as in --mean 0.5 0.5 0.5 --std 0.5 0.5 0.5 --colour
    bgr, and from where on two faces are one person with --threshold, such as one that 'facefit evaluate FILE --protocol
    lfw-pairs' finds.

    A false acceptance rate holds for each pair of faces: two photos of 30 faces each are 900 comparisons.
    """
    if far and threshold is not None:
        raise InputError(f"--far {far} chooses among the card's thresholds, and --threshold gives one; leave one out")
    if out:
        check_picture_name(out)
        _check_replaces_none(out, photos, descriptor)
        check_writable(out)
    output, images = Output(json), [read_image(photo) for photo in photos]
    file = descriptor or _bundled()
    embed = Descriptor(file, threads, form=ImageForm(pixels, mean, std, layout, size, colour, output_name))
    check_tells_people_apart(embed.card)
    embed.check_describes()
    shown = view or card_view(embed.card)
    rate = far or _USUAL_FAR
    least = _threshold(threshold, embed.card, rate, shown)
    with progress_bar("finding and comparing faces"):
        a, b = _described(images, FaceDetector(min_face, threads), embed, shown)
    found = matches(a, b, least)
    if out:
        save_picture(_picture(images, a, b, found), out)
    accepted = card_acceptance(embed.card, shown).get(rate) if threshold is None else None
    result = figures(photos, a, b, found, least, accepted)
    for line in told(result, photos, out):
        output.line(line)
    source = f"card, FAR {rate}" if threshold is None else "given"
    facts = {"descriptor": str(file), "threshold_source": source, "view": shown}
    output.result(result | facts | {"file": str(out) if out else None})


def _check_replaces_none(out: Path, photos: tuple[Path, Path], descriptor: Path | None) -> None:
    for file, what in ((photos[0], "photo"), (photos[1], "photo"), (descriptor, "descriptor")):
        if file and path.exists(out) and path.exists(file) and path.samefile(out, file):  # unlike Path's, never raise
            raise InputError(f"{out}: is the {what} {file}, which --out would replace; name another file")


def _bundled() -> Path:
    """Largest subnet of the bundled SuperNet: where one photo meets another, accuracy is worth the milliseconds."""
    parts = Bundle.load(task="identity")
    return ReadyMade(parts, cache_folder()).file("identity-largest", parts.space.largest, WEIGHTS)


def _threshold(given: float | None, card: Mapping[str, Any], far: str, shown: View) -> float:
    """The given one or the card's; raises `InputError` for no cosine, or if the card has none for this view."""
    if given is not None:
        if not -1 <= given <= 1:  # not left to the option's range, whose words for nan mislead
            raise InputError(f"--threshold is {given:g}; expected a cosine from -1 to 1")
        return given
    return card_threshold(card, far, shown)


def _described(
    images: list[NDArray[np.uint8]], detector: FaceDetector, embed: Descriptor, view: View
) -> tuple[DescribedFaces, DescribedFaces]:
    first, second = (describe_faces(image, detector, embed, view) for image in images)
    return first, second


def _picture(images: list[NDArray[np.uint8]], a: DescribedFaces, b: DescribedFaces, found: list[Match]) -> Image.Image:
    left, right = (
        FramedPhoto(image, [face.box for face in described.faces])
        for image, described in zip(images, (a, b), strict=True)
    )
    return match_picture(left, right, [Line(pair.a, pair.b, f"{pair.similarity:.2f}") for pair in found])
