"""Subnets of a bundle as files that need no fit: made when they are first asked for, and kept."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from facefit.artifacts import canonical_json, read_bytes
from facefit.bundle import STATISTICS, SUPERNET, Bundle
from facefit.fit.folder import versions
from facefit.fit.parity import best_reference
from facefit.graph import export
from facefit.graph.card import card_beside
from facefit.graph.forms import Weights
from facefit.space import Subnet


@dataclass(frozen=True)
class ReadyMade:
    """Files in `folder`, each with its card beside it. Another SuperNet, the same with other thresholds, or another
    facefit gives other files."""

    bundle: Bundle
    folder: Path

    def file(self, name: str, subnet: Subnet, weights: Weights) -> Path:
        """The `.tflite` of a subnet, compared with its original. Raises `InputError` if nothing can be kept there."""
        file = self.folder / f"{name}-{weights}-{self._key(subnet)}.tflite"
        if not file.exists() or not card_beside(file).exists():
            network = self.bundle.extract(subnet)
            export(network, file, self.bundle.outputs, weights=weights, reference=best_reference(network))
        return file

    def _key(self, subnet: Subnet) -> str:
        told = canonical_json([self.bundle.identification(subnet), versions()["facefit"]])
        return hashlib.sha256(self._weights + told).hexdigest()[:12]

    @cached_property
    def _weights(self) -> bytes:
        parts = [read_bytes(self.bundle.folder / name, "a part of the bundle") for name in (SUPERNET, STATISTICS)]
        return hashlib.sha256(b"".join(parts)).digest()
