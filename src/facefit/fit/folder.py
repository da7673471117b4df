"""The files of a run folder, apart from the profile and the exported file."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from facefit.artifacts import read_json, write_json
from facefit.device import DeviceProfile, Timing
from facefit.fit.chosen import Choice
from facefit.fit.order import Fitted, Order
from facefit.graph.card import card_beside
from facefit.report import FinalistRow, MeasuredAccuracy, Reference, RunReport, SearchedPoints, write_report
from facefit.search import Finalist
from facefit.space import SearchSpace, subnet_to_config
from facefit.weights import StaticNetwork

DESCRIPTOR, REPORT = "descriptor.tflite", "report.html"


def write_records(out: Path, network: StaticNetwork, choice: Choice, order: Order) -> None:
    """Writes `subnet.json`, `subnet.safetensors` and `search.json`."""
    write_json(out / "subnet.json", subnet_to_config(network.space, network.subnet))
    network.save(out / "subnet.safetensors")
    write_json(out / "search.json", _search_record(network.space, choice, order))


def write_run_report(order: Order, fitted: Fitted, profile: DeviceProfile, choice: Choice, network_task: str) -> None:
    """Writes `report.html`."""
    report = RunReport(
        task=network_task,
        file=fitted.file.name,
        space=fitted.space,
        chosen=_row(choice.chosen, choice.timing),
        device=str(profile.identity),
        limit_ms=fitted.limit_ms,
        parity_max_abs=fitted.parity_max_abs,
        parity_cosine_min=fitted.parity_cosine_min,
        parity_reference=fitted.parity_reference,
        size_bytes=fitted.size_bytes,
        budget=fitted.budget,
        card=read_json(card_beside(fitted.file), "the card of the exported file"),
        made=_made(order, fitted, profile),
        reference=_reference(fitted),
        searched=_searched(choice),
        finalists=_rows(choice),
    )
    write_report(report, order.out / REPORT)


def _search_record(space: SearchSpace, choice: Choice, order: Order) -> dict[str, Any]:
    found, front = choice.found, choice.found.front
    return {
        "schema": "facefit.search/1",
        "limit": order.limit,
        **order.budget.to_json(),
        "search_limit_ms": found.limit_ms,
        "seed": order.seed,
        "seconds": found.seconds,
        "searches": choice.searches,
        "generations": found.generations,
        "comparisons": found.comparisons,
        "searched": len(found.searched),
        "accuracy_kind": choice.accuracy_kind,
        "accuracy_rmse": found.accuracy_rmse,
        "finalists": [
            {
                "subnet": subnet_to_config(space, row.subnet),
                "predicted_ms": row.predicted_ms,
                "measured_ms": row.measured_ms,
                "measured_ms_interval": row.measured_ms_interval,
                "predicted_accuracy": row.predicted_accuracy,
                "measured_accuracy": finalist.measured.value if finalist.measured else None,
                "chosen": row.subnet == choice.chosen.subnet,
            }
            for finalist, row in zip(found.finalists, _rows(choice), strict=True)
        ],
        "front": [[float(found.searched_ms[i]), float(choice.searched_accuracy[i])] for i in front],
    }


def _rows(choice: Choice) -> tuple[FinalistRow, ...]:
    """All finalists in the order of the search, those that were timed with their latency."""
    return tuple(_row(finalist, choice.timing_of(finalist)) for finalist in choice.found.finalists)


def _row(finalist: Finalist, timing: Timing | None) -> FinalistRow:
    seen = finalist.measured
    return FinalistRow(
        subnet=finalist.subnet,
        predicted_ms=finalist.predicted_ms,
        measured_ms=timing.ms if timing else None,
        predicted_accuracy=finalist.predicted_accuracy,
        accuracy=None if seen is None else MeasuredAccuracy(seen.value, seen.interval, seen.n, seen.protocol),
        measured_ms_interval=timing.interval_ms if timing else None,
    )


def _searched(choice: Choice) -> SearchedPoints:
    found = choice.found
    return SearchedPoints(found.searched_ms, choice.searched_accuracy, found.front, found.accuracy_rmse)


def _reference(fitted: Fitted) -> Reference | None:
    return None if fitted.reference_ms is None else Reference(fitted.reference_ms, max(fitted.space.resolutions))


def _made(order: Order, fitted: Fitted, profile: DeviceProfile) -> dict[str, str]:
    """Rows about how the run was made."""
    drift = "not timed again, the device was out of reach"
    if fitted.drift_percent is not None:
        drift = f"{fitted.drift_percent:+.1f} %"
    return versions() | {
        "seed": str(order.seed),
        "profile": f"{profile.seconds:.0f} s, {'measured in this run' if fitted.profiled else 'measured before'}",
        "prediction error": profile.error_text,
        "EfficientNet-B0's latency since the profile": drift,
        "searches": str(fitted.searches),
        "batch-norm statistics": fitted.statistics,
        "total": f"{fitted.seconds:.0f} s",
    }


def versions() -> dict[str, str]:
    """What a run was made with."""
    try:
        facefit = version("facefit")
    except PackageNotFoundError:
        facefit = "from source"
    return {"facefit": facefit, "Python": platform.python_version()}
