"""Timing in portions: a distant device takes a few models at a time, and what it answered is kept on disk at once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from facefit.artifacts import read_json, write_json
from facefit.device.backend import Identity
from facefit.device.entries import positive
from facefit.device.timing import Progress, Protocol, Timing
from facefit.errors import FacefitError

SCHEMA = "facefit.device-portions/1"
Measure: TypeAlias = Callable[[Mapping[str, bytes], Progress], Mapping[str, Timing]]
"""Times one portion of the models under the protocol of the call."""


def model_key(data: bytes) -> str:
    """A name for the content of a model."""
    return hashlib.sha256(data).hexdigest()


@dataclass(frozen=True, slots=True)
class Portions:
    """How calls of a backend are cut into portions.

    A portion has at most `models` models of `size_bytes` together (or one model), since a small board must hold them
    all. `keep` names a file for the portions of an unfinished call; the same call goes on from there, and removes it in
    the end. Portions of another device, protocol or model that lie there are not used.
    """

    keep: Path | None = None
    models: int = 32
    size_bytes: int = 1 << 26

    def time(
        self,
        measure: Measure,
        identity: Identity,
        models: Mapping[str, bytes],
        protocol: Protocol,
        rng: np.random.Generator,
        progress: Progress | None = None,
    ) -> dict[str, Timing]:
        """Times all models, those of each portion side by side; the portions are random."""
        call = {"schema": SCHEMA, "identity": identity.to_json() | {"details": {}}, "protocol": asdict(protocol)}
        keys = {name: model_key(data) for name, data in models.items()}
        done = self._kept(call, keys)
        rest = [name for name in models if name not in done]
        for names in self._cut([rest[i] for i in rng.permutation(len(rest))], models):
            before = len(done) * protocol.passes

            def forward(steps: int, _: int, before: int = before) -> None:
                if progress:
                    progress(before + steps, len(models) * protocol.passes)

            done |= measure({name: models[name] for name in names}, forward)
            if self.keep:
                kept = {name: [keys[name], list(timing.passes_ms)] for name, timing in done.items()}
                write_json(self.keep, call | {"timings": kept})
        if self.keep:
            self.keep.unlink(missing_ok=True)
        return {name: done[name] for name in models}

    def _cut(self, names: Sequence[str], models: Mapping[str, bytes]) -> Iterator[list[str]]:
        portion: list[str] = []
        size_bytes = 0
        for name in names:
            if portion and (len(portion) == self.models or size_bytes + len(models[name]) > self.size_bytes):
                yield portion
                portion, size_bytes = [], 0
            portion.append(name)
            size_bytes += len(models[name])
        if portion:
            yield portion

    def _kept(self, call: Mapping[str, Any], keys: Mapping[str, str]) -> dict[str, Timing]:
        if not self.keep or not self.keep.exists():
            return {}
        try:
            data = read_json(self.keep, "timings of an unfinished call")
            if {name: data[name] for name in call} != call:
                return {}
            rows = {name: (key, Timing(tuple(map(positive, ms)))) for name, (key, ms) in data["timings"].items()}
        except (FacefitError, KeyError, TypeError, ValueError, AttributeError):
            return {}  # it only saves time; whatever is wrong with it, measuring again is right
        return {name: timing for name, (key, timing) in rows.items() if keys.get(name) == key and timing.passes_ms}
