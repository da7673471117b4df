"""The main job: profile this machine, search, re-time the finalists, export, verify, report."""

from __future__ import annotations

import time
from pathlib import Path

from facefit.bundle import Bundle, Ranking
from facefit.device import Backend, LatencyLimit, Plan
from facefit.device.models import Models
from facefit.fit.budget import check_budget
from facefit.fit.calibration import check_calibration
from facefit.fit.choice import Review, choose
from facefit.fit.delivery import Found, deliver
from facefit.fit.machine import Stage, machine_profile, open_folder
from facefit.fit.order import Fitted, Order
from facefit.fit.wanted import Wanted
from facefit.space.budget import Budget


def fit_device(
    bundle: Bundle,
    order: Order,
    backend: Backend,
    stage: Stage,
    plan: Plan | None = None,
    models: Models | None = None,
    review: Review | None = None,
) -> Fitted:
    """Fits a network of the bundle to a device and writes the run folder; `models` are what it is profiled with, and
    `review` measures the finalists before the best few are timed.

    Raises `LimitError` for a limit that no subnet keeps, `ParityError` if the file does not compute what the subnet
    computes, `MissingExtra`, `InputError`, `ArtifactError`.
    """
    started = time.perf_counter()
    check_before_work(bundle, order.out, (order.limit,), order.calibrate, order.surrogate, order.budget)
    profile, profiled = machine_profile(bundle.space, backend, order, stage, plan, models)
    with stage("searching, and timing the best"):
        wanted = Wanted(bundle, profile, order.limit, order.seed, order.surrogate, order.budget)
        choice = choose(wanted, backend, plan or Plan(), review)
    found = Found(profile, profiled, choice, started, review)
    with stage(", and ".join([*_before_export(order, review), "exporting"])) as progress:
        return deliver(bundle, order, found, progress)


def _before_export(order: Order, review: Review | None) -> list[str]:
    """What takes long before the file is written."""
    work = ["calibrating"] if order.calibrate else []
    return [*work, "finding thresholds"] if review and review.portraits else work


def check_before_work(
    bundle: Bundle, out: Path, limits: tuple[str, ...], calibrate: Path | None, ranking: Ranking, budget: Budget
) -> None:
    """Raises what would otherwise be known only after a minute of measuring."""
    open_folder(out)
    for limit in limits:
        LatencyLimit.parse(limit)
    if calibrate:
        check_calibration(calibrate)
    bundle.check_complete(ranking)
    check_budget(bundle, budget)
