"""Subnets of a bundle as files that need no fit: made when they are first asked for, and kept."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from facefit.artifacts import read_bytes
from facefit.bundle import STATISTICS, SUPERNET, THRESHOLDS, Bundle
from facefit.fit.folder import versions
from facefit.fit.parity import best_reference
from facefit.graph import export
from facefit.graph.flatbuffer import Weights
from facefit.space import Subnet


@dataclass(frozen=True)
class ReadyMade:
    """Files in `folder`, each with its card beside it. Another SuperNet, or another facefit, gives other files."""

    bundle: Bundle
    folder: Path

    def file(self, name: str, subnet: Subnet, weights: Weights) -> Path:
        """The `.tflite` of a subnet, compared with its original. Raises `InputError` if nothing can be kept there."""
        file = self.folder / f"{name}-{weights}-{self._key}.tflite"
        if not file.exists() or not file.with_suffix(".card.json").exists():
            network = self.bundle.extract(subnet)
            reference, entries = best_reference(network), self.bundle.card_entries
            export(network, file, self.bundle.outputs, weights=weights, reference=reference, card=entries)
        return file

    @cached_property
    def _key(self) -> str:
        parts = [self.bundle.folder / name for name in (SUPERNET, STATISTICS, THRESHOLDS)]
        content = b"".join(read_bytes(part, "a part of the bundle") for part in parts if part.exists())
        return hashlib.sha256(content + versions()["facefit"].encode()).hexdigest()[:12]
