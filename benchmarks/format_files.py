"""Files of every format in their own runtimes, on one thread, as what asks them for probabilities."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import onnxruntime
import torch
from numpy.typing import NDArray

from facefit.graph import ExportResult, LoadedModel
from facefit.pixels import resize
from facefit.weights import StaticNetwork

Call = Callable[[NDArray[np.float32]], NDArray[np.float32]]
"""From pixels (n, r, r, 3) to probabilities (n, classes)."""
BATCH = 64
"""Images that go in at once for answers, where a file takes several; latencies are of one."""


def load(result: ExportResult) -> Call:
    """The file in its own runtime, on one thread."""
    if result.format == "tflite":
        model = LoadedModel(result.file.read_bytes())
        return lambda images: np.concatenate([model.run(image=image[None])["probabilities"] for image in images])
    if result.format == "onnx":
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        session = onnxruntime.InferenceSession(result.file, options, providers=["CPUExecutionProvider"])
        return lambda images: session.run(["probabilities"], {"image": channels_first(images)})[0]
    module = torch.export.load(result.file).module()

    def run(image: NDArray[np.float32]) -> NDArray[np.float32]:
        with torch.inference_mode():
            answer: NDArray[np.float32] = module(torch.from_numpy(channels_first(image)))["probabilities"].numpy()
        return answer

    return run


class Answers:
    """A loaded file as what `evaluate_expression` asks."""

    def __init__(self, call: Call, network: StaticNetwork) -> None:
        self._call, self.classes = call, network.metadata.classes

    def probabilities(self, faces: NDArray[np.uint8]) -> NDArray[np.float32]:
        parts = (faces[i : i + BATCH].astype(np.float32) for i in range(0, len(faces), BATCH))
        return np.concatenate([self._call(part) for part in parts])


def pixels(images: NDArray[np.uint8], size: int) -> NDArray[np.float32]:
    return np.stack([resize(image, size) for image in images]).astype(np.float32)


def channels_first(image: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.ascontiguousarray(image.transpose(0, 3, 1, 2))
