"""The main job: profile this machine, search, re-time the finalists, export, verify, report."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import numpy as np

from facefit.bundle import Bundle
from facefit.device import Backend, DeviceProfile, LatencyLimit, Plan
from facefit.device.models import Models
from facefit.fit.calibration import Extracted, check_calibration, extract_calibrated, extract_predicted
from facefit.fit.choice import OUTPUTS, Choice, choose
from facefit.fit.folder import DESCRIPTOR, write_records, write_run_report
from facefit.fit.machine import Stage, machine_profile, open_folder
from facefit.fit.order import ACCURACY_KIND, Fitted, Order
from facefit.fit.parity import best_reference
from facefit.graph import ExportResult, export


def fit_device(
    bundle: Bundle,
    order: Order,
    backend: Backend,
    stage: Stage,
    plan: Plan | None = None,
    models: Models | None = None,
) -> Fitted:
    """Fits a network of the bundle to a device and writes the run folder; `models` are what it is profiled with.

    Raises `LimitError` for a limit that no subnet keeps, `ParityError` if the file does not compute what the subnet
    computes, `MissingExtra`, `InputError`, `ArtifactError`.
    """
    started = time.perf_counter()
    _check_before_work(bundle, order)
    profile, profiled = machine_profile(bundle.space, backend, order, stage, plan, models)
    limit_ms = profile.limit_ms(order.limit)
    with stage("searching, and timing the best"):
        rounds = (plan or Plan()).rounds
        choice = choose(bundle, profile, backend, limit_ms, order.seed, order.surrogate, rounds=rounds, models=models)
    extracted = _extract(bundle, choice, order)
    with stage("exporting"):
        exported = _export(extracted, profile, choice, limit_ms, order)
        write_records(order.out, extracted.network, choice, order)
    fitted = _fitted(extracted, exported, profile, choice, limit_ms)
    fitted = replace(fitted, profiled=profiled, seconds=time.perf_counter() - started)
    write_run_report(order, fitted, profile, choice, bundle.metadata.task)
    return replace(fitted, seconds=time.perf_counter() - started)


def _check_before_work(bundle: Bundle, order: Order) -> None:
    """Raises what would otherwise be known only after a minute of measuring."""
    open_folder(order.out)
    LatencyLimit.parse(order.limit)
    if order.calibrate:
        check_calibration(order.calibrate)
    bundle.check_complete()


def _extract(bundle: Bundle, choice: Choice, order: Order) -> Extracted:
    subnet = choice.chosen.finalist.subnet
    if order.calibrate is None:
        return extract_predicted(bundle, subnet)
    return extract_calibrated(bundle, subnet, order.calibrate, np.random.default_rng(order.seed))


def _export(
    extracted: Extracted, profile: DeviceProfile, choice: Choice, limit_ms: float, order: Order
) -> ExportResult:
    return export(
        extracted.network,
        order.out / DESCRIPTOR,
        OUTPUTS,
        depthwise7=profile.depthwise7,
        reference=best_reference(extracted.network),
        card={
            "latency": _latency_entry(profile, choice, limit_ms),
            "accuracy": {"value": choice.accuracy, "kind": ACCURACY_KIND, "rmse": choice.rmse},
            "statistics": extracted.statistics,
        },
        seed=order.seed,
    )


def _fitted(
    extracted: Extracted, exported: ExportResult, profile: DeviceProfile, choice: Choice, limit_ms: float
) -> Fitted:
    return Fitted(
        file=exported.file,
        space=extracted.network.space,
        subnet=extracted.network.subnet,
        limit_ms=limit_ms,
        predicted_ms=choice.chosen.finalist.predicted_ms,
        measured_ms=choice.chosen.timing.ms,
        reference_ms=profile.reference_ms,
        drift_percent=100 * (choice.reference.ms / profile.reference_ms - 1),
        accuracy=choice.accuracy,
        accuracy_rmse=choice.rmse,
        statistics=extracted.statistics,
        parity_max_abs=exported.parity_max_abs,
        parity_cosine_min=exported.parity_cosine_min,
        parity_reference=exported.reference,
        size_bytes=exported.size_bytes,
        searches=choice.searches,
        skipped_images=len(extracted.skipped),
    )


def _latency_entry(profile: DeviceProfile, choice: Choice, limit_ms: float) -> dict[str, Any]:
    """What the card says of latency."""
    return {
        "measured_ms": choice.chosen.timing.ms,
        "spread_percent": choice.chosen.timing.spread_percent,
        "predicted_ms": choice.chosen.finalist.predicted_ms,
        "limit_ms": limit_ms,
        "efficientnet_b0_ms": choice.reference.ms,
        "device": profile.identity.to_json(),
    }
