"""From a choice to the files of a run folder: extract, export, compare, and write down what is known."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from facefit.bundle import Bundle
from facefit.device import DeviceProfile
from facefit.device.timing import Progress
from facefit.fit.calibration import Extracted, extract_calibrated, extract_predicted, extract_recalibrated
from facefit.fit.choice import Review
from facefit.fit.chosen import Choice
from facefit.fit.folder import DESCRIPTOR, write_records, write_run_report
from facefit.fit.foretold import foretold_interval
from facefit.fit.order import Fitted, Order
from facefit.fit.own_thresholds import with_own_thresholds
from facefit.fit.parity import best_reference
from facefit.fit.wanted import WEIGHTS
from facefit.graph import ExportResult, export


@dataclass(frozen=True)
class Found:
    """What a search ended with: `started` is when the run began, by `time.perf_counter`.

    `review` measured the finalists, if they were measured.
    """

    profile: DeviceProfile
    profiled: bool
    choice: Choice
    started: float
    review: Review | None = None


def deliver(bundle: Bundle, order: Order, found: Found, progress: Progress = lambda done, total: None) -> Fitted:
    """Exports the chosen subnet and fills the run folder, apart from the profile; `progress` is of finding faces in
    photos to calibrate on.

    Raises `ParityError` if the file does not compute what the subnet computes, `LimitError` if it is larger than the
    budget allows, `InputError`, `ArtifactError`.
    """
    extracted = _extract(bundle, found, order, progress)
    if found.review:  # with these statistics, whatever they are of
        extracted = replace(extracted, network=with_own_thresholds(extracted.network, found.review.portraits))
    exported = _export(bundle, extracted, found, order)
    write_records(order.out, extracted.network, found.choice, order)
    fitted = _fitted(extracted, exported, found, order)
    write_run_report(order, fitted, found.profile, found.choice, bundle.metadata.task)
    return replace(fitted, seconds=time.perf_counter() - found.started)


def _extract(bundle: Bundle, found: Found, order: Order, progress: Progress) -> Extracted:
    """With statistics of the user's own faces, or else those that the choice was measured with, or predicted ones."""
    subnet, photos = found.choice.chosen.subnet, found.review.calibration if found.review else None
    if order.calibrate:
        return extract_calibrated(bundle, subnet, order.calibrate, np.random.default_rng(order.seed), progress)
    if photos is None:
        return extract_predicted(bundle, subnet)
    return Extracted(extract_recalibrated(bundle, subnet, photos), f"recalibrated on {len(photos)} training photos", {})


def _accuracy_kind(choice: Choice, order: Order) -> str:
    """Where the accuracy comes from, and that it is of other statistics where the user's own faces gave them."""
    if choice.chosen.measured and order.calibrate:
        return f"{choice.accuracy_kind} with statistics of training photos"
    return choice.accuracy_kind


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
            "accuracy": _accuracy_entry(found.choice, order),
            "statistics": extracted.statistics,
        },
        seed=order.seed,
        max_megabytes=order.budget.megabytes,
    )


def _fitted(extracted: Extracted, exported: ExportResult, found: Found, order: Order) -> Fitted:
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
        accuracy_kind=_accuracy_kind(choice, order),
        accuracy_interval=choice.accuracy_interval,
        accuracy_rmse=choice.rmse,
        statistics=extracted.statistics,
        parity_max_abs=exported.parity_max_abs,
        parity_cosine_min=exported.parity_cosine_min,
        parity_reference=exported.reference,
        parameters=sum(layer.parameters for layer in layers),
        macs=sum(layer.macs for layer in layers),
        size_bytes=exported.size_bytes,
        budget=order.budget,
        searches=choice.searches,
        skipped_images=len(extracted.skipped),
        skipped=extracted.skipped,
        profiled=found.profiled,
        seconds=time.perf_counter() - found.started,
    )


def _accuracy_entry(choice: Choice, order: Order) -> dict[str, Any]:
    """What the card says of accuracy."""
    interval = list(choice.accuracy_interval)
    return {"value": choice.accuracy, "kind": _accuracy_kind(choice, order), "interval": interval, "rmse": choice.rmse}


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
