"""Descriptors of a public-domain face recogniser, for an identity SuperNet to learn from: `train --teacher FILE`.

The teacher is dlib's network (D. King, CC0), which looks at each photo's central face. Needs
`pip install dlib-bin face-recognition-models` (100 MB), which nothing else here does. An interrupted call goes on.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from machine import machine
from numpy.typing import NDArray

from facefit.cli.output import progress_bar
from facefit.errors import FacefitError, InputError
from facefit.faces.detected import DetectedFace, central_face
from facefit.faces.detections import default_file, detect_photos
from facefit.faces.detector import FaceDetector
from facefit.faces.folders import image_files
from facefit.faces.images import read_image
from facefit.faces.teacher import Teacher
from facefit.faces.vggface2 import people_folder

Describe: TypeAlias = Callable[[NDArray[np.uint8], DetectedFace], NDArray[np.float32]]
"""From a photo, uint8 RGB (h, w, 3), and a face in it to 128 numbers."""
ORIGIN = "dlib_face_recognition_resnet_model_v1 (D. King; CC0), 150 pixels"
_SAVE_EVERY = 500
_DOWN = 0.02
"""MTCNN's boxes begin a little higher than those that dlib's landmarks were trained on."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="a folder per person, or VGGFace2 as it is")
    parser.add_argument("--out", "-o", type=Path, required=True, help="Parquet file of descriptors")
    args = parser.parse_args()
    try:
        print(json.dumps(described(args.folder, args.out, dlib_descriptor()) | {"machine": machine()}))
    except FacefitError as error:
        sys.exit(f"error: {error}")


def described(data: Path, out: Path, describe: Describe) -> dict[str, Any]:
    """Writes descriptors of the photos by the names that `facefit train` gives them; damaged ones are left out."""
    folder = people_folder(data)
    names = [file.relative_to(folder).as_posix() for file in image_files(folder)]
    skipped = dict[str, str]()
    with progress_bar("finding faces") as report:
        found = detect_photos(folder, names, FaceDetector(), default_file(folder), report, skipped)
    kept = Teacher.load(out) if out.exists() else Teacher((), np.zeros((0, 128), np.float32), ORIGIN)
    rows = dict(zip(kept.names, kept.descriptors, strict=True))
    missing = [name for name, faces in found.items() if name not in rows and faces]
    with progress_bar("describing faces") as report:
        for i, name in enumerate(missing, 1):
            try:
                photo = read_image(folder / name)
                face = central_face(found[name], *photo.shape[:2])
                assert face is not None  # there are faces
                rows[name] = describe(photo, face)
            except InputError as error:
                skipped[name] = str(error)
            report(i, len(missing))
            if rows and (i % _SAVE_EVERY == 0 or i == len(missing)):
                Teacher(tuple(rows), np.stack(list(rows.values())), ORIGIN).save(out)
    return {"photos": len(names), "described": len(rows), "skipped": skipped, "origin": ORIGIN}


def dlib_descriptor() -> Describe:
    """From a photo, uint8 RGB (h, w, 3), and a face in it to 128 numbers."""
    import dlib

    spec = importlib.util.find_spec("face_recognition_models")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit("face_recognition_models is not installed: pip install dlib-bin face-recognition-models")
    models = Path(spec.submodule_search_locations[0]) / "models"
    network = dlib.face_recognition_model_v1(str(models / "dlib_face_recognition_resnet_model_v1.dat"))
    landmarks: Any = dlib.shape_predictor(str(models / "shape_predictor_5_face_landmarks.dat"))

    def describe(photo: NDArray[np.uint8], face: DetectedFace) -> NDArray[np.float32]:
        left, top, right, bottom = face.box
        x, y = face.centre
        half, y = max(right - left, bottom - top) / 2, y + _DOWN * (bottom - top)
        box = dlib.rectangle(int(x - half), int(y - half), int(x + half), int(y + half))
        chip = dlib.get_face_chip(photo, landmarks(photo, box), size=150, padding=0.25)
        return np.array(network.compute_face_descriptor(chip), np.float32)

    return describe


if __name__ == "__main__":
    main()
