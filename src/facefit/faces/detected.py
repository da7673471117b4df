"""What the detector says about one face, and which face of several a photo is of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

Box = tuple[float, float, float, float]
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class DetectedFace:
    """A face in a photo; coordinates are pixels from the photo's upper left corner, and may lie a little outside.

    `box` is left, top, right, bottom; `points` are (x, y) of the eyes, the nose and the corners of the mouth, each from
    left to right in the image; `score` is the detector's probability.
    """

    box: Box
    points: tuple[Point, ...]
    score: float

    @property
    def centre(self) -> Point:
        """Middle of the box."""
        left, top, right, bottom = self.box
        return (left + right) / 2, (top + bottom) / 2

    def to_json(self) -> dict[str, Any]:
        """Plain values, rounded to hundredths of a pixel."""
        return {
            "box": [round(value, 2) for value in self.box],
            "points": [[round(value, 2) for value in point] for point in self.points],
            "score": round(self.score, 4),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Raises `ValueError`, `TypeError` or `KeyError` if the values are of another form."""
        left, top, right, bottom = map(float, data["box"])
        points = tuple((float(x), float(y)) for x, y in data["points"])
        if len(points) != 5:
            raise ValueError(f"{len(points)} points, expected 5")
        return cls((left, top, right, bottom), points, float(data["score"]))


def central_face(faces: Sequence[DetectedFace], height: int, width: int) -> DetectedFace | None:
    """The face nearest to the centre of a photo of height x width pixels, which in LFW is the one that is named.

    None if there is no face.
    """

    def distance(face: DetectedFace) -> float:
        x, y = face.centre
        return (x - width / 2) ** 2 + (y - height / 2) ** 2

    return min(faces, key=distance, default=None)
