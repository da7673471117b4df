"""The log of a training run: one JSON line an epoch, each epoch once even if the run was killed."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from facefit.artifacts import write_bytes


class Metrics:
    """Lines of `phase`, `epoch`, `loss`, `time` and whatever figures an epoch has."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def append(self, phase: int, epoch: int, loss: float, figures: Mapping[str, float]) -> None:
        """Adds the line of an epoch."""
        line = {"phase": phase, "epoch": epoch, "loss": loss, "time": time.time(), **figures}
        with self._path.open("a") as file:
            file.write(json.dumps(line) + "\n")

    def keep(self, is_past: Callable[[int, int], bool]) -> None:
        """Drops epochs that a resumed run trains again; `is_past(phase, epoch)` says which it does not."""
        if not self._path.exists():
            return
        lines = self._path.read_text().splitlines(keepends=True)
        kept = [text for text in lines if is_past((line := json.loads(text))["phase"], line["epoch"])]
        write_bytes(self._path, "".join(kept).encode())
