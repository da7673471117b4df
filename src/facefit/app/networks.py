"""Networks that the page can choose: the fitted one, the SuperNet's largest and smallest, and EfficientNet-B0."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, TypeAlias

from facefit.artifacts import read_bytes, read_json, write_bytes
from facefit.bundle import STATISTICS, SUPERNET, Bundle
from facefit.device import CompactModels
from facefit.fit.parity import best_reference
from facefit.graph import export
from facefit.space import Subnet

Kind: TypeAlias = Literal["fitted", "default", "reference"]


@dataclass(frozen=True, slots=True)
class Network:
    """A `.tflite` file under a name; `card` is what it says of itself, empty for one that only serves timing."""

    name: str
    title: str
    kind: Kind
    file: Path
    card: dict[str, Any]

    def to_json(self) -> dict[str, Any]:
        data = {"name": self.name, "title": self.title, "kind": self.kind, "card": self.card}
        return data | {"url": f"/api/models/{self.name}", "size_bytes": self.file.stat().st_size}


class Networks:
    """The networks of a bundle, made when they are first asked for and kept in `folder`.

    Those of the SuperNet have int8 weights: a quarter of the bytes to load, and the runtime widens them, so that they
    run as fast as the float32 that a fit gives.
    """

    def __init__(self, bundle: Bundle, folder: Path) -> None:
        self._bundle, self._folder = bundle, folder
        self._lock, self._made = threading.Lock(), tuple[Network, ...]()

    @property
    def made(self) -> tuple[Network, ...]:
        """Those that need no fit; the first is what a page begins with. Safe between threads."""
        with self._lock:
            self._made = self._made or self._make()
            return self._made

    def _make(self) -> tuple[Network, ...]:
        space = self._bundle.space
        return (
            self._exported("smallest", "the SuperNet's smallest", "default", space.smallest),
            self._exported("largest", "the SuperNet's largest", "reference", space.largest),
            self._efficientnet(max(space.resolutions)),
        )

    @staticmethod
    def fitted(run: Path, limit: str) -> Network:
        """The network of a run folder of `fit_device`."""
        file = run / "descriptor.tflite"
        card = read_json(file.with_suffix(".card.json"), "the card of the exported file")
        return Network("fitted", f"fitted to this device ({limit})", "fitted", file, card)

    def _exported(self, name: str, title: str, kind: Kind, subnet: Subnet) -> Network:
        file = self._folder / f"{name}-{self._key}.tflite"
        if not file.exists() or not file.with_suffix(".card.json").exists():
            network = self._bundle.extract(subnet)
            reference, entries = best_reference(network), self._bundle.card_entries
            export(network, file, self._bundle.outputs, weights="int8", reference=reference, card=entries)
        card = read_json(file.with_suffix(".card.json"), "the card of the exported file")
        return Network(name, title, kind, file, card)

    def _efficientnet(self, resolution: int) -> Network:
        file = self._folder / f"efficientnet-b0-{resolution}.tflite"
        if not file.exists():
            write_bytes(file, CompactModels().reference(resolution))
        title = f"EfficientNet-B0 at {resolution} px, made-up weights"
        return Network("efficientnet-b0", title, "reference", file, {})

    @cached_property
    def _key(self) -> str:
        """Another SuperNet gives other files."""
        parts = (read_bytes(self._bundle.folder / name, "a part of the bundle") for name in (SUPERNET, STATISTICS))
        return hashlib.sha256(b"".join(parts)).hexdigest()[:12]
