"""`.tflite` files that take or give int8 or uint8, spoken to in the real numbers that these stand for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from facefit.errors import ArtifactError
from facefit.graph.interpreter import LoadedModel, Steps
from facefit.graph.nodes import Shape

_WHOLE = (np.dtype(np.int8), np.dtype(np.uint8))


class RealNumbers:
    """A file whose whole numbers n stand for scale * (n - zero), as TFLite's quantization has it (Jacob et al. 2018,
    section 2.1); what is given is rounded to them. Other inputs and outputs stay as they are.

    Raises `ArtifactError` if the file does not say what its whole numbers stand for.
    """

    def __init__(self, model: LoadedModel, name: str) -> None:
        self._model, self._types = model, model.input_types
        self._given = _whole_ones(model.input_types, model.input_steps, name)
        self._gives = _whole_ones(model.output_types, model.output_steps, name)

    @property
    def input_shapes(self) -> dict[str, Shape]:
        return self._model.input_shapes

    @property
    def input_types(self) -> dict[str, np.dtype[Any]]:
        """What `run` takes: float32 for whole numbers."""
        return {name: np.dtype(np.float32) if name in self._given else kind for name, kind in self._types.items()}

    @property
    def output_shapes(self) -> dict[str, Shape]:
        return self._model.output_shapes

    def run(self, **inputs: NDArray[Any]) -> Mapping[str, NDArray[Any]]:
        """Runs on real numbers and answers in real numbers, float32."""
        given = inputs | {name: self._rounded(name, inputs[name]) for name in self._given if name in inputs}
        answers = self._model.run(**given)
        for name, steps in self._gives.items():
            answers[name] = np.float32(steps.scale) * (answers[name].astype(np.float32) - np.float32(steps.zero))
        return answers

    def _rounded(self, name: str, values: NDArray[Any]) -> NDArray[Any]:
        steps, kind = self._given[name], self._types[name]
        limits = np.iinfo(kind)
        whole: NDArray[Any] = np.rint(values / steps.scale + steps.zero).clip(limits.min, limits.max).astype(kind)
        return whole


def _whole_ones(types: Mapping[str, np.dtype[Any]], steps: Mapping[str, Steps], file: str) -> dict[str, Steps]:
    for name, kind in types.items():
        if kind in _WHOLE and not steps[name].scale > 0:
            raise ArtifactError(
                f"{file}: '{name}' is {kind} without a scale, so nobody knows what its numbers stand for; expected "
                f"float32, or a file quantised with scales"
            )
    return {name: steps[name] for name, kind in types.items() if kind in _WHOLE}
