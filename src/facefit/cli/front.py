"""`facefit search --front`: the best subnet for every latency."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np

from facefit.artifacts import write_json
from facefit.bundle import LABELS, Bundle
from facefit.cli.output import Output
from facefit.comparator import RidgeSurrogate
from facefit.device import DeviceProfile
from facefit.labels.store import Labels
from facefit.search import front_of_chain
from facefit.space import subnet_to_config
from facefit.space.population import decode

_SHOWN = 16


def write_front(bundle: Bundle, device: DeviceProfile, out: Path | None, output: Output) -> None:
    """Tells the Pareto front of predicted latency and accuracy over the whole space, and writes it where asked."""
    started = time.perf_counter()
    space, surrogate = bundle.space, _chain_surrogate(bundle)
    latency = device.latency(space)
    genes = front_of_chain(space, surrogate.chain(), latency)
    figures = latency.of(genes), surrogate.predict_accuracy(genes)
    rows: list[dict[str, Any]] = [
        {"subnet": subnet_to_config(space, s), "predicted_ms": float(ms), "accuracy": float(a)}
        for s, ms, a in zip(decode(space, genes), *figures, strict=True)
    ]
    for i in np.unique(np.linspace(0, len(rows) - 1, _SHOWN).astype(int)):
        ms, accuracy = rows[i]["predicted_ms"], rows[i]["accuracy"]
        ratio = ms / device.reference_ms
        output.line(f"{ms:8.3f} ms  {ratio:.2f}x EfficientNet-B0  {100 * accuracy:.2f} %  {decode(space, genes)[i]}")
    output.line(
        f"{len(rows)} subnets on the front; accuracies are predicted for the search split, with an error of "
        f"{100 * surrogate.rmse:.2f} points"
    )
    result = {"front": rows, "accuracy_rmse": surrogate.rmse, "seconds": time.perf_counter() - started}
    if out:
        write_json(out, result)
        output.line(f"wrote {out}")
    output.result(result | {"file": str(out) if out else None})


def _chain_surrogate(bundle: Bundle) -> RidgeSurrogate:
    """The surrogate whose optimum can be computed exactly; fitted here if the bundle's is another one."""
    if isinstance(bundle.surrogate, RidgeSurrogate):
        return bundle.surrogate
    labels = Labels.load(bundle.folder / LABELS)
    return RidgeSurrogate.fit(labels.space, labels.genes, labels.accuracy, np.random.default_rng(0))
