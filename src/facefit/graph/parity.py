"""Whether an exported file computes what its network computes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from facefit.errors import ParityError
from facefit.pixels import resize

Reference: TypeAlias = Callable[[NDArray[np.float32]], Mapping[str, NDArray[Any]]]
"""From RGB pixels in 0..255, float32 (n, r, r, 3), to named outputs of n rows."""


class Runs(Protocol):
    """A file ready to run: named inputs, `image` of shape (1, r, r, 3), to named outputs."""

    def run(self, **inputs: NDArray[Any]) -> Mapping[str, NDArray[Any]]: ...


@dataclass(frozen=True, slots=True)
class Parity:
    """Largest difference of any output, unit descriptors or probabilities, and smallest cosine of descriptors."""

    max_abs: float
    cosine_min: float

    def check(self, limit: Parity, name: str) -> None:
        """Raises `ParityError` beyond the limit; numbers that are not finite are beyond it."""
        if not (self.max_abs <= limit.max_abs and self.cosine_min >= limit.cosine_min):
            raise ParityError(
                f"{name}: differs from its network by {self.max_abs:.2g} (at most {limit.max_abs:g}), cosine "
                f"{self.cosine_min:.7f} (at least {limit.cosine_min:g}); nothing was written; check weights and runtime"
            )


def unit_vectors(descriptors: NDArray[Any]) -> NDArray[Any]:
    """Rows scaled to length 1, in the number format given; a row of zeros stays zero."""
    norms = np.linalg.norm(descriptors, axis=1, keepdims=True)
    scaled: NDArray[Any] = descriptors / np.maximum(norms, np.finfo(norms.dtype).tiny)
    return scaled


def random_images(resolution: int, n: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """Smooth colour blotches with noise on top, whole pixel values in 0..255, float32 (n, r, r, 3)."""
    blotches = rng.integers(0, 256, (n, 6, 6, 3), np.uint8)
    smooth = np.stack([resize(image, resolution) for image in blotches]).astype(np.float32)
    noise = rng.normal(0.0, 16.0, smooth.shape)
    return np.clip(np.round(smooth + noise), 0, 255).astype(np.float32)


def measure_parity(model: Runs, reference: Reference, pixels: NDArray[np.float32], outputs: Sequence[str]) -> Parity:
    """Runs both on the images and compares the outputs by name."""
    expected = reference(pixels)
    rows = [model.run(image=image[None]) for image in pixels]
    max_abs, cosine_min = 0.0, 1.0
    for output in outputs:
        seen = np.concatenate([row[output] for row in rows]).astype(np.float64)
        wanted = np.asarray(expected[output], np.float64)
        if seen.shape != wanted.shape:
            raise ParityError(f"{output}: the file gives shape {seen.shape}, its network {wanted.shape}")
        if output == "descriptor":
            seen, wanted = unit_vectors(seen), unit_vectors(wanted)
            cosine_min = min(cosine_min, float((seen * wanted).sum(axis=1).min()))
        max_abs = float(np.maximum(max_abs, np.abs(seen - wanted).max()))  # maximum keeps a nan, max does not
    return Parity(max_abs, cosine_min)
