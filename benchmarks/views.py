"""Faces cut out in one way alone, for networks that are to know no other."""

from __future__ import annotations

import numpy as np

from facefit.cli.faces import Parts
from facefit.errors import InputError
from facefit.faces.alignment import View
from facefit.faces.dataset import LabelledFaces


def in_view(parts: Parts, view: View | None) -> Parts:
    """What is learnt from, and gives statistics, in one view, or in both as it is; `InputError` if it has no views, or
    is not in memory. The search split stays as it is."""
    if view is None:
        return parts
    learning, calibration = (_only(faces, view) for faces in (parts.learning, parts.calibration))
    return parts._replace(learning=learning, calibration=calibration)


def _only(faces: object, view: View) -> LabelledFaces:
    """Names of pictures end in their view."""
    if not isinstance(faces, LabelledFaces):
        raise InputError("--view is for photos that fit into memory; leave it out")
    keep = np.array([name.endswith(f"#{view}") for name in faces.names])
    if not keep.any():
        raise InputError("--view is for people, whose photos are learnt from in two views; leave it out")
    return faces.where(keep)
