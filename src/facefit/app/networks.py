"""Networks that the page can choose: fitted ones, each SuperNet's smallest and largest, and EfficientNet-B0."""

from __future__ import annotations

import hashlib
import json
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

from facefit.app.supernets import SuperNets
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
    """The networks of SuperNets, made when they are first asked for and kept in `folder`.

    Those of the SuperNets have int8 weights: a quarter of the bytes to load, and the runtime widens them, so that they
    run as fast as the float32 that a fit gives.
    """

    def __init__(self, supernets: SuperNets, folder: Path) -> None:
        self._supernets, self._folder = supernets, folder
        self._lock, self._made = threading.Lock(), tuple[Network, ...]()

    @property
    def made(self) -> tuple[Network, ...]:
        """Those that need no fit; the first of a task is what a page begins with. Safe between threads."""
        with self._lock:
            self._made = self._made or self._make()
            return self._made

    def _make(self) -> tuple[Network, ...]:
        subnets = [network for task in self._supernets for network in self._ends(task)]
        resolutions = sorted({max(bundle.space.resolutions) for bundle in self._supernets.values()})
        return (*subnets, *map(self._efficientnet, resolutions))

    @staticmethod
    def fitted(run: Path, task: str, limit: str) -> Network:
        """The network of a run folder of `fit_device`."""
        file = run / "descriptor.tflite"
        card = read_json(file.with_suffix(".card.json"), "the card of the exported file")
        return Network(f"{task}-fitted", f"fitted to this device ({limit})", "fitted", file, card)

    def _ends(self, task: str) -> tuple[Network, Network]:
        """The smallest network of a SuperNet and its largest."""
        bundle = self._supernets[task]
        key = _content_key(bundle)
        smallest = self._exported(bundle, bundle.space.smallest, f"{task}-smallest-{key}.tflite")
        largest = self._exported(bundle, bundle.space.largest, f"{task}-largest-{key}.tflite")
        return (
            Network(f"{task}-smallest", "the SuperNet's smallest", "default", *smallest),
            Network(f"{task}-largest", "the SuperNet's largest", "reference", *largest),
        )

    def _exported(self, bundle: Bundle, subnet: Subnet, name: str) -> tuple[Path, dict[str, Any]]:
        """The file of a subnet and its card."""
        file = self._folder / name
        if not file.exists() or not file.with_suffix(".card.json").exists():
            network = bundle.extract(subnet)
            reference, entries = best_reference(network), bundle.card_entries
            export(network, file, bundle.outputs, weights="int8", reference=reference, card=entries)
        return file, read_json(file.with_suffix(".card.json"), "the card of the exported file")

    def _efficientnet(self, resolution: int) -> Network:
        name = f"efficientnet-b0-{resolution}"
        file = self._folder / f"{name}.tflite"
        if not file.exists():
            write_bytes(file, CompactModels().reference(resolution))
        return Network(name, f"EfficientNet-B0 at {resolution} px, made-up weights", "reference", file, {})


def _content_key(bundle: Bundle) -> str:
    """Another SuperNet, or the same with other thresholds, gives other files."""
    parts = [read_bytes(bundle.folder / name, "a part of the bundle") for name in (SUPERNET, STATISTICS)]
    entries = json.dumps(bundle.card_entries, sort_keys=True).encode()
    return hashlib.sha256(b"".join((*parts, entries))).hexdigest()[:12]
