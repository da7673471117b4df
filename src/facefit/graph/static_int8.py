"""Networks whose activations are int8 too: steps are chosen on faces, once, before the file is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from facefit.errors import InputError
from facefit.graph.forms import Depthwise7
from facefit.graph.graph import Graph
from facefit.graph.int8_form import int8_form
from facefit.graph.int8_lowering import emit_int8
from facefit.graph.ranges import Progress, choose_steps, observe
from facefit.graph.rewriting import split_depthwise7

LEAST_FACES, ENOUGH_FACES = 32, 256
"""More than the latter hardly change the ranges."""
_COMPARED, _COMPARED_AT = 16, 64


@dataclass(frozen=True, slots=True, eq=False)
class StaticInt8:
    """Everything in int8, activations too, by faces like those that the network will see: some show the ranges of
    activations, on others the file is compared.

    `images` are RGB pixels in 0..255, float32 (n, r, r, 3), at least 32 of them; `source` says what they are, for the
    card.
    """

    images: NDArray[np.float32]
    source: str

    def __post_init__(self) -> None:
        shape = self.images.shape
        square = len(shape) == 4 and shape[1] == shape[2] and shape[3] == 3
        if not square or self.images.dtype != np.float32 or len(self.images) < LEAST_FACES:
            raise InputError(
                f"faces to calibrate int8 on are {self.images.dtype} {shape}; expected float32 pixels (n, r, r, 3), "
                f"at least {LEAST_FACES} of them"
            )

    @property
    def compared(self) -> NDArray[np.float32]:
        """The first ones: as many as take about as long as 16 at 64 px."""
        return self.images[: max(1, min(_COMPARED, round(_COMPARED * (_COMPARED_AT / self.images.shape[1]) ** 2)))]

    @property
    def observed(self) -> NDArray[np.float32]:
        """All others."""
        return self.images[len(self.compared) :]

    def facts(self, seed: int) -> dict[str, Any]:
        """What a card says of how the file came to its steps."""
        return {
            "weights": "int8, a step for each output channel; of the tail widened to float32",
            "activations": "int8, a step for each tensor, its range of least squared error on the faces",
            "float32": "taking the mean off pixels; the last activation and what follows",
            "faces": {"source": self.source, "observed": len(self.observed), "compared": len(self.compared)},
            "seed": seed,
        }


def emit_static_int8(
    graph: Graph,
    int8: StaticInt8,
    depthwise7: Depthwise7 = "split",
    metadata: Mapping[str, bytes] | None = None,
    *,
    seed: int = 0,
    progress: Progress = lambda done, total: None,
) -> bytes:
    """A `.tflite` file that takes and gives float32 and computes in int8 what lies between; one delegate partition.

    Scheme as in Jacob et al. 2018 (symmetric weights for each channel, activations with a zero of their own), ranges
    by least squared error instead of extremes. Raises `InputError` for activations that have no form in int8.
    """
    form = int8_form(split_depthwise7(graph) if depthwise7 == "split" else graph)
    seen = observe(form, int8.observed, np.random.default_rng(seed), progress)
    return emit_int8(form, choose_steps(form, seen), metadata)
