"""Networks that the page can choose: fitted ones, each SuperNet's smallest and largest, and EfficientNet-B0."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

from facefit.app.supernets import SuperNets
from facefit.app.versions import version_of_file
from facefit.artifacts import read_json, write_bytes
from facefit.device import CompactModels
from facefit.fit.ready import ReadyMade
from facefit.graph.card import card_beside
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
        """What a page is told; the address names the content, so that no earlier network is taken for this one."""
        data = {"name": self.name, "title": self.title, "kind": self.kind, "card": self.card}
        address = f"/api/models/{self.name}?v={version_of_file(self.file)}"
        return data | {"url": address, "size_bytes": self.file.stat().st_size}


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
        card = read_json(card_beside(file), "the card of the exported file")
        return Network(f"{task}-fitted", f"fitted to this device ({limit})", "fitted", file, card)

    def _ends(self, task: str) -> tuple[Network, Network]:
        """The smallest network of a SuperNet and its largest."""
        ready, space = ReadyMade(self._supernets[task], self._folder), self._supernets[task].space
        return (
            _network(f"{task}-smallest", "the SuperNet's smallest", "default", ready, space.smallest),
            _network(f"{task}-largest", "the SuperNet's largest", "reference", ready, space.largest),
        )

    def _efficientnet(self, resolution: int) -> Network:
        name = f"efficientnet-b0-{resolution}"
        file = self._folder / f"{name}.tflite"
        if not file.exists():
            write_bytes(file, CompactModels().reference(resolution))
        return Network(name, f"EfficientNet-B0 at {resolution} px, made-up weights", "reference", file, {})


def _network(name: str, title: str, kind: Kind, ready: ReadyMade, subnet: Subnet) -> Network:
    file = ready.file(name, subnet, "int8")
    return Network(name, title, kind, file, read_json(card_beside(file), "the card of the exported file"))
