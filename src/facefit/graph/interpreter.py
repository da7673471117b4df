"""Running a `.tflite` file in this process, and how much of it the XNNPACK delegate took over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from facefit.errors import ArtifactError, InputError
from facefit.graph.computed import Shape


@dataclass(frozen=True, slots=True)
class Delegation:
    """How a file runs: number of delegate partitions, and the operators that run outside of them."""

    partitions: int
    outside: tuple[str, ...]

    @property
    def whole(self) -> bool:
        """Whether one partition holds everything, without hand-overs in between."""
        return self.partitions == 1 and not self.outside


class Steps(NamedTuple):
    """What whole numbers n stand for: scale * (n - zero); scale 0 where the file does not say."""

    scale: float
    zero: int


class LoadedModel:
    """A `.tflite` file ready to run. The bytes must be trusted: the C++ runtime does not survive damaged ones.

    Raises `ArtifactError` if the runtime refuses the file.
    """

    def __init__(self, data: bytes, threads: int = 1, name: str = "model") -> None:
        self._data = data  # the interpreter reads the weights from here as long as it lives
        self._name = name
        try:
            self._interpreter = Interpreter(model_content=data, num_threads=threads)
            self._interpreter.allocate_tensors()
        except (ValueError, RuntimeError) as error:
            raise ArtifactError(f"{name}: the TFLite runtime refuses the file ({_one_line(error)})") from error
        self._inputs = {detail["name"]: detail for detail in self._interpreter.get_input_details()}
        self._outputs = {detail["name"]: detail for detail in self._interpreter.get_output_details()}

    @property
    def input_shapes(self) -> dict[str, Shape]:
        """Shapes of the inputs by name."""
        return _shapes(self._inputs)

    @property
    def output_shapes(self) -> dict[str, Shape]:
        """Shapes of the outputs by name."""
        return _shapes(self._outputs)

    @property
    def input_types(self) -> dict[str, np.dtype[Any]]:
        """Number formats of the inputs by name."""
        return {name: np.dtype(detail["dtype"]) for name, detail in self._inputs.items()}

    @property
    def output_types(self) -> dict[str, np.dtype[Any]]:
        """Number formats of the outputs by name."""
        return {name: np.dtype(detail["dtype"]) for name, detail in self._outputs.items()}

    @property
    def input_steps(self) -> dict[str, Steps]:
        """What whole numbers of the inputs stand for, by name."""
        return {name: Steps(*detail["quantization"]) for name, detail in self._inputs.items()}

    @property
    def output_steps(self) -> dict[str, Steps]:
        """What whole numbers of the outputs stand for, by name."""
        return {name: Steps(*detail["quantization"]) for name, detail in self._outputs.items()}

    def feed(self, **inputs: NDArray[Any]) -> None:
        """Sets inputs by name; shapes and number formats must be those of the file."""
        for name, values in inputs.items():
            if name not in self._inputs:
                raise InputError(f"{self._name}: no input '{name}'; it has {', '.join(self._inputs)}")
            try:
                self._interpreter.set_tensor(self._inputs[name]["index"], values)
            except ValueError as error:
                raise InputError(f"{self._name}: input '{name}' does not fit ({_one_line(error)})") from error

    def invoke(self) -> None:
        """Runs once on what was fed last."""
        self._interpreter.invoke()

    def result(self, name: str) -> NDArray[Any]:
        """A copy of an output of the last run."""
        values: NDArray[Any] = self._interpreter.get_tensor(self._outputs[name]["index"])
        return values

    def run(self, **inputs: NDArray[Any]) -> dict[str, NDArray[Any]]:
        """Feeds, runs and returns copies of all outputs by name."""
        self.feed(**inputs)
        self.invoke()
        return {name: self.result(name) for name in self._outputs}

    def delegation(self) -> Delegation:
        """Follows the data back from the outputs: what a delegate does not produce, an operator outside does."""
        operators = self._interpreter._get_ops_details()
        delegates = _producers(o for o in operators if o["op_name"] == "DELEGATE")
        others = _producers(o for o in operators if o["op_name"] != "DELEGATE")
        used: dict[int, Mapping[str, Any]] = {}
        wanted = [detail["index"] for detail in self._outputs.values()]
        while wanted:
            tensor = wanted.pop()
            producer = delegates.get(tensor) or others.get(tensor)
            if producer is not None and producer["index"] not in used:
                used[producer["index"]] = producer
                wanted.extend(producer["inputs"])
        names = [operator["op_name"] for operator in used.values()]
        return Delegation(names.count("DELEGATE"), tuple(name for name in names if name != "DELEGATE"))


def _producers(operators: Any) -> dict[int, Mapping[str, Any]]:
    return {tensor: operator for operator in operators for tensor in operator["outputs"]}


def _shapes(details: Mapping[str, Mapping[str, Any]]) -> dict[str, Shape]:
    return {name: tuple(int(size) for size in detail["shape"]) for name, detail in details.items()}


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
