"""What runs on a distant device: it times models that lie beside it, exactly as the device's own facefit would.

Called with `identity` or `time`; a question comes as JSON on standard input, answers go as lines of JSON to standard
output. Needs Python, numpy and ai-edge-litert; `agent_archive` packs it with the modules that it leans on.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import sys
import time
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from facefit.device.local import LocalBackend
from facefit.device.timing import Progress, Protocol
from facefit.errors import ArtifactError, FacefitError

_TELL_SECONDS = 0.5


def main(task: str, folder: Path) -> int:
    """Answers one question; models lie in `folder` as `KEY.tflite.gz`, where the key is the SHA-256 of the content."""
    question = json.load(sys.stdin)
    try:
        backend = LocalBackend(int(question["threads"]))
        if task == "identity":
            _tell({"identity": backend.identity().to_json()})
            return 0
        models = {name: _model(folder, key) for name, key in question["models"].items()}
        rng, protocol = np.random.default_rng(int(question["seed"])), Protocol(**question["protocol"])
        timings = backend.time(models, protocol, rng, progress=_teller())
    except FacefitError as error:
        _tell({"error": str(error)})
        return 2
    _tell({"timings": {name: timing.passes_ms for name, timing in timings.items()}})
    return 0


def _model(folder: Path, key: str) -> bytes:
    path = folder / f"{key}.tflite.gz"
    try:
        data = gzip.decompress(path.read_bytes())
    except (OSError, EOFError, zlib.error) as error:
        raise ArtifactError(f"{path}: cannot be unpacked ({error}); delete that folder and try again") from error
    if hashlib.sha256(data).hexdigest() != key:
        raise ArtifactError(f"{path}: was damaged on its way; delete that folder and try again")
    return data


def _teller() -> Progress:
    """Tells progress now and then, which also ends this process if nobody listens any more."""
    told = [time.monotonic()]

    def tell(done: int, total: int) -> None:
        if time.monotonic() - told[0] > _TELL_SECONDS:
            told[0] = time.monotonic()
            _tell({"done": done, "total": total})

    return tell


def _tell(answer: Mapping[str, Any]) -> None:
    print(json.dumps(answer), flush=True)
