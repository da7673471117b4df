"""Faces in, unit descriptors or class probabilities out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from facefit.errors import ArtifactError, InputError
from facefit.graph.parity import unit_vectors
from facefit.runtime.files import Network, open_network
from facefit.runtime.image_form import BLACK_AND_WHITE, ImageForm

Faces: TypeAlias = NDArray[np.uint8] | Sequence[NDArray[np.uint8]]
"""RGB images: one array (n, h, w, 3), or several (h, w, 3) of different sizes."""


class Descriptor:
    """A `.tflite` or `.onnx` file that describes faces; the latter needs the extra `onnx`.

    Files that facefit exported carry a card, and a `.tflite` a checksum. Any other file works too if its only input is
    one square image, float32, or in a `.tflite` file int8 or uint8 with a scale, and it has one output, one named
    `descriptor`, or one that `form` names; it is first run in a process of its own, since the runtimes may crash on
    damage that no checksum shows. `form` says what such a file wants to see; `pixels` is short for
    `ImageForm(pixels=...)`. Ours take RGB pixels in 0..255.

    Raises `InputError` if there is no such file, or `form` contradicts it or its card or leaves open what it does not
    say; `ArtifactError` if it is damaged or something else.
    """

    def __init__(
        self,
        path: str | Path,
        threads: int = 1,
        pixels: tuple[float, float] = BLACK_AND_WHITE,
        form: ImageForm | None = None,
    ) -> None:
        self._path = Path(path)
        if form and pixels != BLACK_AND_WHITE:
            raise InputError("both a pixel range and a form of images are given; expected one of them")
        form = form or ImageForm(pixels)
        self._network, self._card = open_network(self._path, threads, form.size)
        if self._card and form != ImageForm():
            raise InputError(
                f"{path}: takes RGB pixels in 0..255 according to its card; leave out what it takes and gives"
            )
        self._output = form.output
        self._input = _only_input(self._network, self._path)
        self._prepare = form.fitted(self._network.input_shapes[self._input], str(path))
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
        return self._prepare.size

    def check_describes(self) -> None:
        """Raises `InputError` if the file gives no descriptors, as a call would: before long work."""
        self._described()

    def __call__(self, faces: Faces) -> NDArray[np.float32]:
        """Unit descriptors, float32 (n, d), of faces of any size, resized as `facefit.pixels.resize` says.

        Raises `InputError` for other arrays, or if the file gives no descriptors; `ArtifactError` if it answers with
        numbers that are not finite.
        """
        vectors: NDArray[np.float32] = unit_vectors(self._run(faces, self._described()))
        return vectors

    def probabilities(self, faces: Faces) -> NDArray[np.float32]:
        """Probabilities of `classes`, float32 (n, classes), of faces of any size, resized in the same way.

        Raises `InputError` for other arrays, or if the file gives no probabilities; `ArtifactError` if it answers with
        numbers that are not finite.
        """
        if "probabilities" not in self._network.output_shapes:
            raise InputError(f"{self._path}: gives no probabilities; export with the output 'probabilities'")
        return self._run(faces, "probabilities")

    def _described(self) -> str:
        """The output that is the descriptor."""
        outputs, given = list(self._network.output_shapes), ", ".join(self._network.output_shapes)
        if self._output in outputs:
            return self._output
        if self._output is not None:
            raise InputError(f"{self._path}: gives {given}, not '{self._output}'; name one of these with --output")
        if "descriptor" in outputs:
            return "descriptor"
        if len(outputs) > 1:
            raise InputError(f"{self._path}: gives {given}, none of them named 'descriptor'; say which with --output")
        if outputs == ["probabilities"]:
            raise InputError(f"{self._path}: gives probabilities alone; export with the output 'descriptor'")
        return outputs[0]

    def _run(self, faces: Faces, output: str) -> NDArray[np.float32]:
        rows = np.empty((len(faces), self._width(output)), np.float32)
        for row, face in zip(rows, faces, strict=True):
            if face.dtype != np.uint8 or face.ndim != 3 or face.shape[2] != 3 or 0 in face.shape:
                raise InputError(f"a face is {face.dtype} {face.shape}; expected uint8 RGB, all of shape (n, h, w, 3)")
            row[:] = self._network.run(**{self._input: self._prepare(face)})[output].ravel()
        if not np.isfinite(rows).all():
            raise ArtifactError(
                f"{self._path}: answers with numbers that are not finite; expected finite ones: export or download it "
                f"again, or say what it takes (--pixels, or --mean and --std)"
            )
        return rows

    def _width(self, output: str) -> int:
        """Numbers in an output; where its shape does not tell, the network is asked with a black image."""
        shape = self._network.output_shapes[output][1:]
        if 0 not in shape and shape:
            return int(np.prod(shape))
        black = self._prepare(np.zeros((self.input_size, self.input_size, 3), np.uint8))
        return int(self._network.run(**{self._input: black})[output].size)


def _only_input(network: Network, path: Path) -> str:
    shapes, types = network.input_shapes, network.input_types
    name = next(iter(shapes))
    if len(shapes) > 1 or types[name] != np.float32:
        seen = ", ".join(f"{name} {types[name]} {shape}" for name, shape in shapes.items())
        raise ArtifactError(f"{path}: takes {seen}; expected one float32 image of shape (1, r, r, 3) or (1, 3, r, r)")
    return name
