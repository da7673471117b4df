"""Finding faces and their five points in photos: the cascade of MTCNN (Zhang et al. 2016, section 2) on TFLite."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from math import ceil, sqrt

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from facefit.errors import InputError
from facefit.faces.area import AreaMeans
from facefit.faces.boxes import Boxes, Scores, shifted, squares, strongest
from facefit.faces.detected import DetectedFace
from facefit.faces.detector_networks import (
    LANDMARK_PX,
    REFINEMENT_PX,
    STEP_PX,
    WINDOW_PX,
    landmark_graph,
    load_weights,
    proposal_graph,
    refinement_graph,
)
from facefit.graph import LoadedModel, emit_tflite

SHORT_SIDE_PX = 600
"""Larger photos are shrunk to this short side before faces are looked for, as in the paper's app."""
MAX_PIXELS = 4_000_000
"""Long narrow ones are shrunk further, to this area: sums over a photo take many times its own memory."""

_PYRAMID_STEP = 0.709  # the area halves from one level to the next
_PROPOSED, _REFINED, _ACCEPTED = 0.6, 0.7, 0.7
_LEVEL_OVERLAP, _OVERLAP = 0.5, 0.7
_MODELS_KEPT = 64


class FaceDetector:
    """Finds faces of at least `min_face_px` pixels, counted after large photos were shrunk (`SHORT_SIDE_PX`,
    `MAX_PIXELS`).

    Thresholds are those of the authors' code. Raises `InputError` for a smallest face under 12 pixels.
    """

    def __init__(self, min_face_px: int = 40, threads: int = 1) -> None:
        if min_face_px < WINDOW_PX:
            raise InputError(f"smallest face is {min_face_px} pixels; the detector sees none under {WINDOW_PX}")
        weights = load_weights()
        self.min_face_px = min_face_px
        self._refinement = LoadedModel(emit_tflite(refinement_graph(weights)), threads, "refinement network")
        self._landmark = LoadedModel(emit_tflite(landmark_graph(weights)), threads, "landmark network")
        # A file has a fixed input; photos of a set are mostly of one size, and so are the levels of their pyramids.
        self._proposal = lru_cache(_MODELS_KEPT)(
            lambda height, width: LoadedModel(emit_tflite(proposal_graph(weights, height, width)), threads, "proposals")
        )

    def __call__(self, photo: NDArray[np.uint8]) -> list[DetectedFace]:
        """Faces in uint8 RGB (h, w, 3), most certain first; an empty list if there is none.

        Raises `InputError` for any other array.
        """
        if photo.dtype != np.uint8 or photo.ndim != 3 or photo.shape[2] != 3 or 0 in photo.shape:
            raise InputError(f"a photo is {photo.dtype} {photo.shape}; expected uint8 RGB of shape (h, w, 3)")
        small = _shrunk(photo)
        means = AreaMeans(small)
        boxes = self._propose(means, *small.shape[:2])
        boxes = self._refine(means, boxes)
        ratio = np.array([photo.shape[1] / small.shape[1], photo.shape[0] / small.shape[0]])
        return [_scaled(box, points, score, ratio) for box, points, score in self._accept(means, boxes)]

    def _propose(self, means: AreaMeans, height: int, width: int) -> Boxes:
        """Squares that may hold a face, from all levels of the image pyramid."""
        boxes, scores, shifts = [np.empty((0, 4))], [np.empty(0, np.float32)], [np.empty((0, 4), np.float32)]
        for level_height, level_width in self._levels(height, width):
            image = means((0, 0, width, height), level_height, level_width)
            result = self._proposal(level_height, level_width).run(image=image[None])
            face = result["face"][0, ..., 1]
            rows, columns = np.nonzero(face > _PROPOSED)
            corners = STEP_PX * np.stack([columns, rows], axis=1)
            found = np.hstack([corners, corners + WINDOW_PX]) * np.tile([width / level_width, height / level_height], 2)
            kept = strongest(found, face[rows, columns], _LEVEL_OVERLAP, "union")
            boxes.append(found[kept])
            scores.append(face[rows, columns][kept])
            shifts.append(result["shift"][0, rows, columns][kept])
        every, score, shift = np.concatenate(boxes), np.concatenate(scores), np.concatenate(shifts)
        kept = strongest(every, score, _OVERLAP, "union")
        return squares(shifted(every[kept], shift[kept]))

    def _refine(self, means: AreaMeans, boxes: Boxes) -> Boxes:
        """Those squares that hold a face, closer around it."""
        face, shift = _each(self._refinement, means, boxes, REFINEMENT_PX, "face", "shift")
        likely = face[:, 1] > _REFINED
        boxes, scores, shift = boxes[likely], face[likely, 1], shift[likely]
        kept = strongest(boxes, scores, _OVERLAP, "union")
        return squares(shifted(boxes[kept], shift[kept]))

    def _accept(self, means: AreaMeans, boxes: Boxes) -> Iterator[tuple[Boxes, Boxes, float]]:
        """Box (4,), points (5, 2) and score of each face."""
        face, shift, points = _each(self._landmark, means, boxes, LANDMARK_PX, "face", "shift", "points")
        likely = face[:, 1] > _ACCEPTED
        windows, scores = boxes[likely], face[likely, 1]
        found = shifted(windows, shift[likely])
        inside = points[likely].reshape(-1, 2, 5).transpose(0, 2, 1)  # in 0..1 of the window
        places = windows[:, None, :2] + inside * (windows[:, None, 2:] - windows[:, None, :2])
        for i in strongest(found, scores, _OVERLAP, "smaller"):
            yield found[i], places[i], float(scores[i])

    def _levels(self, height: int, width: int) -> Iterator[tuple[int, int]]:
        """Sizes at which the window covers faces of the smallest size, and then ever larger ones."""
        scale = WINDOW_PX / self.min_face_px
        while min(height, width) * scale >= WINDOW_PX:
            yield ceil(height * scale), ceil(width * scale)
            scale *= _PYRAMID_STEP


def _each(model: LoadedModel, means: AreaMeans, boxes: Boxes, side: int, *outputs: str) -> list[Scores]:
    """Outputs of a network on each square, float32 (n, width of the output)."""
    rows = [np.empty((len(boxes), model.output_shapes[name][1]), np.float32) for name in outputs]
    for i, (left, top, right, bottom) in enumerate(boxes.astype(int).tolist()):
        result = model.run(image=means((left, top, right, bottom), side, side)[None])
        for values, name in zip(rows, outputs, strict=True):
            values[i] = result[name][0]
    return rows


def _shrunk(photo: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height, width = photo.shape[:2]
    scale = min(SHORT_SIDE_PX / min(height, width), sqrt(MAX_PIXELS / (height * width)))
    if scale >= 1:
        return photo
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(Image.fromarray(photo).resize(size, Image.Resampling.BOX), dtype=np.uint8)


def _scaled(box: Boxes, points: Boxes, score: float, ratio: NDArray[np.float64]) -> DetectedFace:
    left, top, right, bottom = (box * np.tile(ratio, 2)).tolist()
    return DetectedFace((left, top, right, bottom), tuple((x, y) for x, y in (points * ratio).tolist()), score)
