"""Running an `.onnx` file in this process. Needs the extra `onnx` (ONNX Runtime)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from facefit.errors import ArtifactError, InputError, require
from facefit.graph.nodes import Shape

_TYPES = {"tensor(float)": np.float32, "tensor(float16)": np.float16, "tensor(uint8)": np.uint8}


class OnnxModel:
    """An `.onnx` file ready to run on the CPU.

    Raises `MissingExtra` without ONNX Runtime, `ArtifactError` if it refuses the file.
    """

    def __init__(self, data: bytes, threads: int = 1, name: str = "model") -> None:
        require("onnxruntime", "onnx", "running .onnx files")
        import onnxruntime

        self._name = name
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
        options.log_severity_level = 4
        try:
            self._session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # the runtime has a class of its own for every kind of damage
            raise ArtifactError(f"{name}: ONNX Runtime refuses the file ({_one_line(error)})") from error
        self._inputs = {given.name: given for given in self._session.get_inputs()}
        self._outputs = {output.name: output for output in self._session.get_outputs()}

    @property
    def input_shapes(self) -> dict[str, Shape]:
        """Shapes of the inputs by name; 0 where any size will do."""
        return {name: _shape(given.shape) for name, given in self._inputs.items()}

    @property
    def output_shapes(self) -> dict[str, Shape]:
        """Shapes of the outputs by name; 0 where the size depends on the input's."""
        return {name: _shape(output.shape) for name, output in self._outputs.items()}

    @property
    def input_types(self) -> dict[str, np.dtype[Any]]:
        """Number formats of the inputs by name; those that no image has are `object`."""
        return {name: np.dtype(_TYPES.get(given.type, np.object_)) for name, given in self._inputs.items()}

    @property
    def metadata(self) -> dict[str, str]:
        """Texts that the file carries, by name."""
        return dict(self._session.get_modelmeta().custom_metadata_map)

    def run(self, **inputs: NDArray[Any]) -> dict[str, NDArray[Any]]:
        """Runs once and returns all outputs by name."""
        try:
            results = self._session.run(list(self._outputs), inputs)
        except Exception as error:
            raise InputError(f"{self._name}: cannot run on this input ({_one_line(error)})") from error
        return dict(zip(self._outputs, results, strict=True))


def _shape(sizes: list[Any] | None) -> Shape:
    """What is no number, a name or nothing, stands for any size."""
    return tuple(size if isinstance(size, int) and size > 0 else 0 for size in sizes or ())


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:300]
