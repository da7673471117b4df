"""`facefit search --front`: the best subnet for every latency."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from facefit.artifacts import write_json
from facefit.bundle import LABELS, Bundle
from facefit.cli.interrupts import held_interrupt
from facefit.cli.output import Output
from facefit.comparator import RidgeSurrogate
from facefit.device import DeviceProfile
from facefit.errors import ArtifactError
from facefit.fit.budget import budget_limits
from facefit.labels.store import Labels
from facefit.search import LimitedFront, front_within
from facefit.space import Subnet, subnet_to_config
from facefit.space.budget import Budget
from facefit.space.costs import LargestSum
from facefit.space.population import decode

_SHOWN = 16


def write_front(
    bundle: Bundle, device: DeviceProfile, budget: Budget, seed: int, out: Path | None, output: Output
) -> None:
    """Tells the Pareto front of predicted latency and accuracy over all subnets within the budget, and writes it where
    asked; after Ctrl-C the front so far."""
    started = time.perf_counter()
    space, surrogate = bundle.space, _chain_surrogate(bundle)
    latency, limits = device.latency(space), budget_limits(bundle, budget, device.depthwise7)
    front = front_within(space, surrogate.chain(), latency, limits, seed)
    with held_interrupt():  # what was found is told, however late Ctrl-C comes
        subnets = decode(space, front.genes)
        rows = _rows(subnets, latency, surrogate, front)
        for line in (*_table(rows, subnets, device), f"{len(rows)} subnets on the front; {_ranked(bundle, surrogate)}"):
            output.line(line)
        output.line(f"{f'at most {budget}: ' if budget else ''}{_missed(front)}")
        if front.stopped_early:
            output.line("stopped: this is the front so far")
        result: dict[str, Any] = {"front": rows, "accuracy_rmse": surrogate.rmse, "ranked_by": surrogate.name}
        result |= {"stopped_early": front.stopped_early, "seconds": time.perf_counter() - started} | budget.to_json()
        if out:
            write_json(out, result)
            output.line(f"wrote {out}")
        output.result(result | {"file": str(out) if out else None})
    if front.stopped_early:
        raise KeyboardInterrupt


def _rows(
    subnets: Sequence[Subnet], latency: LargestSum, surrogate: RidgeSurrogate, front: LimitedFront
) -> list[dict[str, Any]]:
    """For scripts, the fastest first."""
    columns = {
        "subnet": [subnet_to_config(surrogate.space, subnet) for subnet in subnets],
        "predicted_ms": latency.of(front.genes).tolist(),
        "accuracy": surrogate.predict_accuracy(front.genes).tolist(),
        "missed_at_most": front.missed.tolist(),
    }
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _table(rows: list[dict[str, Any]], subnets: Sequence[Subnet], device: DeviceProfile) -> Iterator[str]:
    """Some of the rows, for people."""
    for i in np.unique(np.linspace(0, len(rows) - 1, _SHOWN).astype(int)):
        ms, accuracy = rows[i]["predicted_ms"], rows[i]["accuracy"]
        ratio = f"{ms / device.reference_ms:.2f}x EfficientNet-B0  " if device.references else ""
        yield f"{ms:8.3f} ms  {ratio}{100 * accuracy:.2f} %  {subnets[i]}"


def _ranked(bundle: Bundle, surrogate: RidgeSurrogate) -> str:
    """What the accuracies are, in words."""
    told = f"accuracies are predicted for the search split by {surrogate.name}, error {100 * surrogate.rmse:.2f} points"
    if bundle.surrogate is surrogate:
        return told
    return (
        f"{told}: its best can be computed; a search within one --limit ranks by {bundle.surrogate.name}, error "
        f"{100 * bundle.surrogate.rmse:.2f} points, and may choose another subnet"
    )


def _missed(front: LimitedFront) -> str:
    """How far from the true front this one is at most, in words."""
    points = 100 * front.missed[front.missed > 0]
    if not len(points):
        return "each is the best subnet there is at its latency"
    return (
        f"{len(front.missed) - len(points)} are the best subnets there are at their latency; above the other "
        f"{len(points)} better ones may lie, by at most {points.max():.2f} points, for half of them by at most "
        f"{np.median(points):.2f}"
    )


def _chain_surrogate(bundle: Bundle) -> RidgeSurrogate:
    """The surrogate whose optimum can be computed exactly; fitted here if the bundle's is another one."""
    if isinstance(bundle.surrogate, RidgeSurrogate):
        return bundle.surrogate
    labels = Labels.load(bundle.folder / LABELS)
    if labels.space != bundle.space:
        raise ArtifactError(
            f"{bundle.folder / LABELS}: labels subnets of the space {labels.space.name}, the SuperNet is of "
            f"{bundle.space.name}; label them anew with 'facefit label'"
        )
    return RidgeSurrogate.fit(labels.space, labels.genes, labels.accuracy, np.random.default_rng(0))
