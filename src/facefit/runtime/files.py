"""Files from anywhere, checked before a C++ runtime may take this process down with it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from facefit.artifacts import read_bytes
from facefit.errors import ArtifactError, require
from facefit.graph.card import CARD_NAME, read_card
from facefit.graph.interpreter import LoadedModel
from facefit.graph.nodes import Shape
from facefit.graph.onnx_model import OnnxModel
from facefit.graph.seal import is_sealed, unseal
from facefit.graph.structure import check_structure
from facefit.runtime.whole_numbers import RealNumbers

_TRIAL_SECONDS = 120
_TRIAL = """
import contextlib, sys
import numpy as np
from facefit.errors import InputError
from facefit.graph.interpreter import LoadedModel
from facefit.graph.onnx_model import OnnxModel
kind, size = sys.argv[1:]
model = {"onnx": OnnxModel, "tflite": LoadedModel}[kind](sys.stdin.buffer.read())
shapes = {
    name: [shape[0] or 1, *(side or int(size) for side in shape[1:])] for name, shape in model.input_shapes.items()
}
with contextlib.suppress(InputError):  # what a runtime refuses in words, it refuses here too
    model.run(**{name: np.zeros(shape, model.input_types[name]) for name, shape in shapes.items()})
"""


class Network(Protocol):
    """A file ready to run, whatever its format: inputs and outputs by name, 0 in a shape standing for any size. Whole
    numbers of a `.tflite` file are met as the real numbers that they stand for."""

    @property
    def input_shapes(self) -> Mapping[str, Shape]: ...

    @property
    def input_types(self) -> Mapping[str, np.dtype[Any]]: ...

    @property
    def output_shapes(self) -> Mapping[str, Shape]: ...

    def run(self, **inputs: NDArray[Any]) -> Mapping[str, NDArray[Any]]: ...


def open_network(path: Path, threads: int, size: int | None) -> tuple[Network, dict[str, Any]]:
    """The network of a `.tflite` or `.onnx` file, and its card, empty if facefit did not export it.

    A file without a seal is first run in a process of its own; `size` is the side of its images where it takes any.
    Raises `InputError` if there is no such file, `ArtifactError` if it is damaged or something else.
    """
    name = str(path)
    if path.suffix.lower() == ".onnx":
        require("onnxruntime", "onnx", "running .onnx files")
        data = read_bytes(path, "a .tflite or .onnx file")
        _try_apart(data, name, "onnx", size)
        model = OnnxModel(data, threads, name)
        return model, _onnx_card(model, name)
    data, card = _sound_tflite(path, size)
    return RealNumbers(LoadedModel(data, threads, name), name), card


def _sound_tflite(path: Path, size: int | None) -> tuple[bytes, dict[str, Any]]:
    data, name = read_bytes(path, "a .tflite or .onnx file"), str(path)
    if is_sealed(data):
        data = unseal(data, name)
        check_structure(data, name)
        return data, read_card(data, name) or {}
    check_structure(data, name)
    if read_card(data, name) is not None:
        raise ArtifactError(f"{name}: damaged, the checksum at its end is gone; copy or export it again")
    _try_apart(data, name, "tflite", size)
    return data, {}


def _onnx_card(model: OnnxModel, name: str) -> dict[str, Any]:
    try:
        card = json.loads(model.metadata.get(CARD_NAME, "{}"))
    except ValueError as error:
        raise ArtifactError(f"{name}: the card inside is not JSON ({error}); export the file again") from error
    if not isinstance(card, dict):
        raise ArtifactError(f"{name}: the card inside is a {type(card).__name__}, expected an object; export again")
    return card


def _try_apart(data: bytes, name: str, kind: str, size: int | None) -> None:
    """Runs a file without a checksum once in a process of its own: a crash there is only an error here."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry)}
    # -P: nothing in the working folder passes for a library
    command = [sys.executable, "-P", "-c", _TRIAL, kind, str(size or 0)]
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
        # Without the kind of error and the name that only this process gave it.
        said = re.sub(r"^[\w.]+: (model: )?", "", lines[-1])
        reason = said if trial.returncode > 0 else f"signal {-trial.returncode}"
        raise ArtifactError(f"{name}: the {kind} runtime cannot run it ({reason}); copy or download the file again")
