"""From a choice to the files of a run folder: extract, export, compare, and write down what is known."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from facefit.bundle import Bundle
from facefit.device import DeviceProfile
from facefit.fit.calibration import Extracted, extract_calibrated, extract_predicted
from facefit.fit.chosen import Choice
from facefit.fit.folder import DESCRIPTOR, write_records, write_run_report
from facefit.fit.foretold import foretold_interval
from facefit.fit.order import Fitted, Order
from facefit.fit.parity import best_reference
from facefit.fit.wanted import WEIGHTS
from facefit.graph import ExportResult, export
from facefit.space.budget import Budget


@dataclass(frozen=True)
class Found:
    """What a search ended with: `started` is when the run began, by `time.perf_counter`."""

    profile: DeviceProfile
    profiled: bool
    choice: Choice
    started: float


def deliver(bundle: Bundle, order: Order, found: Found) -> Fitted:
    """Exports the chosen subnet and fills the run folder, apart from the profile.

    Raises `ParityError` if the file does not compute what the subnet computes, `LimitError` if it is larger than the
    budget allows, `InputError`, `ArtifactError`.
    """
    extracted = _extract(bundle, found.choice, order)
    exported = _export(bundle, extracted, found, order)
    write_records(order.out, extracted.network, found.choice, order)
    fitted = _fitted(extracted, exported, found, order.budget)
    write_run_report(order, fitted, found.profile, found.choice, bundle.metadata.task)
    return replace(fitted, seconds=time.perf_counter() - found.started)


def _extract(bundle: Bundle, choice: Choice, order: Order) -> Extracted:
    if order.calibrate is None:
        return extract_predicted(bundle, choice.chosen.subnet)
    return extract_calibrated(bundle, choice.chosen.subnet, order.calibrate, np.random.default_rng(order.seed))


def _export(bundle: Bundle, extracted: Extracted, found: Found, order: Order) -> ExportResult:
    return export(
        extracted.network,
        order.out / DESCRIPTOR,
        bundle.outputs,
        depthwise7=found.profile.depthwise7,
        weights=WEIGHTS,
        reference=best_reference(extracted.network),
        card={
            "latency": _latency_entry(found),
            "accuracy": _accuracy_entry(found.choice),
            "statistics": extracted.statistics,
        },
        seed=order.seed,
        max_megabytes=order.budget.megabytes,
    )


def _fitted(extracted: Extracted, exported: ExportResult, found: Found, budget: Budget) -> Fitted:
    choice, profiled_ms = found.choice, found.profile.reference_ms if found.profile.references else None
    layers = extracted.network.space.layers(extracted.network.subnet)
    drift_percent = None
    if choice.reference and profiled_ms is not None:
        drift_percent = 100 * (choice.reference.ms / profiled_ms - 1)
    return Fitted(
        file=exported.file,
        space=extracted.network.space,
        subnet=extracted.network.subnet,
        limit_ms=choice.limit_ms,
        predicted_ms=choice.chosen.predicted_ms,
        predicted_ms_interval=foretold_interval(found.profile, choice.chosen.predicted_ms),
        measured_ms=choice.timing.ms if choice.timing else None,
        measured_ms_interval=choice.timing.interval_ms if choice.timing else None,
        limit_kept=choice.limit_kept,
        reference_ms=choice.reference.ms if choice.reference else profiled_ms,
        drift_percent=drift_percent,
        accuracy=choice.accuracy,
        accuracy_kind=choice.accuracy_kind,
        accuracy_interval=choice.accuracy_interval,
        accuracy_rmse=choice.rmse,
        statistics=extracted.statistics,
        parity_max_abs=exported.parity_max_abs,
        parity_cosine_min=exported.parity_cosine_min,
        parity_reference=exported.reference,
        parameters=sum(layer.parameters for layer in layers),
        macs=sum(layer.macs for layer in layers),
        size_bytes=exported.size_bytes,
        budget=budget,
        searches=choice.searches,
        skipped_images=len(extracted.skipped),
        profiled=found.profiled,
        seconds=time.perf_counter() - found.started,
    )


def _accuracy_entry(choice: Choice) -> dict[str, Any]:
    """What the card says of accuracy."""
    interval = list(choice.accuracy_interval)
    return {"value": choice.accuracy, "kind": choice.accuracy_kind, "interval": interval, "rmse": choice.rmse}


def _latency_entry(found: Found) -> dict[str, Any]:
    """What the card says of latency."""
    choice, device = found.choice, found.profile.identity.to_json()
    entry = {"predicted_ms": choice.chosen.predicted_ms, "limit_ms": choice.limit_ms, "device": device}
    if choice.timing:
        entry |= {
            "measured_ms": choice.timing.ms,
            "measured_ms_interval": list(choice.timing.interval_ms),
            "spread_percent": choice.timing.spread_percent,
        }
    if choice.reference:
        entry["efficientnet_b0_ms"] = choice.reference.ms
    return entry
