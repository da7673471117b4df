"""What `facefit search` says and answers."""

from __future__ import annotations

from typing import Any

from facefit.search import Finalist, SearchResult
from facefit.space import SearchSpace, subnet_to_config


def told(found: SearchResult) -> list[str]:
    """Lines for people."""
    lines = [
        str(found.subnet),
        f"predicted latency {found.predicted_ms:.3f} ms of {found.limit_ms:.3f} ms; {_accuracy(found)}",
        f"{len(found.searched)} subnets in {found.seconds:.2f} s",
    ]
    if found.stopped_early:
        lines.append(f"stopped in generation {found.generations + 1}: this is the best so far")
    return lines


def figures(space: SearchSpace, found: SearchResult) -> dict[str, Any]:
    """For scripts."""
    chosen = found.finalists[0]
    return {
        "subnet": subnet_to_config(space, found.subnet),
        "limit_ms": found.limit_ms,
        "predicted_ms": found.predicted_ms,
        "accuracy": chosen.measured.value if chosen.measured else found.predicted_accuracy,
        "accuracy_kind": "measured on the search split" if chosen.measured else "predicted for the search split",
        "accuracy_interval": list(found.accuracy_interval or ()) or None,
        "accuracy_rmse": found.accuracy_rmse,
        "finalists": [_finalist(space, finalist) for finalist in found.finalists],
        "stopped_early": found.stopped_early,
        "seconds": found.seconds,
    }


def _accuracy(found: SearchResult) -> str:
    chosen, (low, high) = found.finalists[0], found.accuracy_interval or (0.0, 0.0)
    if chosen.measured:
        return (
            f"accuracy {100 * chosen.measured.value:.2f} % ({100 * low:.2f} to {100 * high:.2f}) on the search split, "
            f"n = {chosen.measured.n}, the best of {len(found.finalists)} finalists measured on it"
        )
    return (
        f"accuracy {100 * (chosen.predicted_accuracy or 0):.2f} % ({100 * low:.2f} to {100 * high:.2f}) predicted for "
        f"the search split; --finalists measures it"
    )


def _finalist(space: SearchSpace, finalist: Finalist) -> dict[str, Any]:
    measured = finalist.measured
    return {
        "subnet": subnet_to_config(space, finalist.subnet),
        "predicted_ms": finalist.predicted_ms,
        "predicted_accuracy": finalist.predicted_accuracy,
        "measured_accuracy": measured.value if measured else None,
        "interval": list(measured.interval) if measured else None,
    }
