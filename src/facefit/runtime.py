"""Running exported networks in Python: faces in, unit descriptors or class probabilities out."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from facefit.artifacts import read_bytes
from facefit.errors import ArtifactError, InputError
from facefit.graph.card import read_card
from facefit.graph.interpreter import LoadedModel
from facefit.graph.parity import unit_vectors
from facefit.graph.seal import is_sealed, unseal
from facefit.graph.structure import check_structure
from facefit.pixels import resize

Faces: TypeAlias = NDArray[np.uint8] | Sequence[NDArray[np.uint8]]
"""RGB images: one array (n, h, w, 3), or several (h, w, 3) of different sizes."""

BLACK_AND_WHITE = (0.0, 255.0)
_TRIAL_SECONDS = 120
_TRIAL = """
import sys
import numpy as np
from facefit.graph.interpreter import LoadedModel
model = LoadedModel(sys.stdin.buffer.read())
model.run(**{name: np.zeros(shape, model.input_types[name]) for name, shape in model.input_shapes.items()})
"""


class Descriptor:
    """A `.tflite` file that describes faces.

    Files that facefit exported carry a card and a checksum. Any other TFLite file works too if its only input is a
    square image, float32 RGB pixels of shape (1, r, r, 3), and it has one output or one named `descriptor`; it is first
    run in a process of its own, since the runtime may crash on damage that no checksum shows. `pixels` says what such a
    file takes for black and for white, for example -1 and 1; ours take 0 and 255.

    Raises `InputError` if there is no such file or `pixels` contradict its card, `ArtifactError` if it is damaged or
    something else.
    """

    def __init__(self, path: str | Path, threads: int = 1, pixels: tuple[float, float] = BLACK_AND_WHITE) -> None:
        path, self._pixels = Path(path), pixels
        self._path = path
        data, self._card = _trusted(path)
        if self._card and pixels != BLACK_AND_WHITE:
            raise InputError(f"{path}: takes pixels in 0..255 according to its card; leave out the pixel range")
        self._model = LoadedModel(data, threads, str(path))
        self._input, self._size = _image_input(self._model, path)
        self._classes = tuple(str(label) for label in self._card.get("classes", ()))

    @property
    def card(self) -> dict[str, Any]:
        """What the file says about itself; empty if facefit did not export it."""
        return self._card

    @property
    def classes(self) -> tuple[str, ...]:
        """Labels of the columns of `probabilities`; empty if the file gives none."""
        return self._classes

    @property
    def input_size(self) -> int:
        """Side in pixels of the square image that the network sees."""
        return self._size

    def __call__(self, faces: Faces) -> NDArray[np.float32]:
        """Unit descriptors, float32 (n, d), of faces of any size, resized as `facefit.pixels.resize` says.

        Raises `InputError` for other arrays, or if the file gives no descriptors.
        """
        outputs = self._model.output_shapes
        name = "descriptor" if "descriptor" in outputs else next(iter(outputs))
        if name == "probabilities" or (name != "descriptor" and len(outputs) > 1):
            raise InputError(f"{self._path}: gives {', '.join(outputs)}; expected one output or one named 'descriptor'")
        vectors: NDArray[np.float32] = unit_vectors(self._run(faces, name))
        return vectors

    def probabilities(self, faces: Faces) -> NDArray[np.float32]:
        """Probabilities of `classes`, float32 (n, classes), of faces of any size, resized in the same way.

        Raises `InputError` for other arrays, or if the file gives no probabilities.
        """
        if "probabilities" not in self._model.output_shapes:
            raise InputError(f"{self._path}: gives no probabilities; export with the output 'probabilities'")
        return self._run(faces, "probabilities")

    def _run(self, faces: Faces, output: str) -> NDArray[np.float32]:
        width = int(np.prod(self._model.output_shapes[output][1:]))
        rows = np.empty((len(faces), width), np.float32)
        black, white = self._pixels
        for row, face in zip(rows, faces, strict=True):
            if face.dtype != np.uint8 or face.ndim != 3 or face.shape[2] != 3 or 0 in face.shape:
                raise InputError(f"a face is {face.dtype} {face.shape}; expected uint8 RGB, all of shape (n, h, w, 3)")
            image = resize(face, self._size)[None].astype(np.float32)
            if self._pixels != BLACK_AND_WHITE:
                image = image * np.float32((white - black) / 255) + np.float32(black)
            self._model.feed(**{self._input: image})
            self._model.invoke()
            row[:] = self._model.result(output).ravel()
        return rows


def _trusted(path: Path) -> tuple[bytes, dict[str, Any]]:
    """Content and card of a file that the C++ runtime can be given."""
    data = read_bytes(path, "a .tflite file")
    name = str(path)
    if is_sealed(data):
        data = unseal(data, name)
        check_structure(data, name)
        return data, read_card(data, name) or {}
    check_structure(data, name)
    if read_card(data, name) is not None:
        raise ArtifactError(f"{name}: damaged, the checksum at its end is gone; copy or export it again")
    _try_apart(data, name)
    return data, {}


def _try_apart(data: bytes, name: str) -> None:
    """Runs a file without a checksum once in a process of its own: a crash there is only an error here."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry)}
    command = [sys.executable, "-P", "-c", _TRIAL]  # -P: nothing in the working folder passes for a library
    try:
        trial = subprocess.run(
            command, input=data, capture_output=True, env=environment, check=False, timeout=_TRIAL_SECONDS
        )
    except subprocess.TimeoutExpired as error:
        raise ArtifactError(
            f"{name}: does not run to its end within {_TRIAL_SECONDS} s; expected a small model"
        ) from error
    if trial.returncode:
        lines = trial.stderr.decode(errors="replace").strip().splitlines() or ["no message"]
        reason = lines[-1] if trial.returncode > 0 else f"signal {-trial.returncode}"
        raise ArtifactError(f"{name}: the TFLite runtime cannot run it ({reason}); copy or download the file again")


def _image_input(model: LoadedModel, path: Path) -> tuple[str, int]:
    """Name and side of the only input."""
    shapes, types = model.input_shapes, model.input_types
    name, shape = next(iter(shapes.items()))
    square = len(shape) == 4 and shape[0] == 1 and shape[1] == shape[2] and shape[3] == 3
    if len(shapes) > 1 or not square or types[name] != np.float32:
        seen = ", ".join(f"{name} {types[name]} {shape}" for name, shape in shapes.items())
        raise ArtifactError(f"{path}: takes {seen}; expected one float32 image of shape (1, r, r, 3)")
    return name, shape[1]
