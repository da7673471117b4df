"""Several devices at once: each gets the network that suits its own profile and limit, and one report compares them."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from facefit.bundle import Bundle
from facefit.device import Backend, DeviceProfile, Plan
from facefit.device.timing import Progress
from facefit.errors import ArtifactError, InputError, LimitError
from facefit.fit.choice import Review, choose, foretell
from facefit.fit.delivery import Found, deliver
from facefit.fit.fleet_folder import write_fleet_report
from facefit.fit.fleet_order import FleetFitted, FleetOrder, Member
from facefit.fit.job import check_before_work
from facefit.fit.machine import PROFILE, Stage, open_folder
from facefit.fit.order import Fitted, Order
from facefit.fit.wanted import Wanted
from facefit.search.limits import check_limits, latency_limits
from facefit.space import SearchSpace

Here: TypeAlias = Callable[[DeviceProfile], Backend | None]
"""The backend that a profile is of, if it is at hand; None for a device that is elsewhere."""


def fit_fleet(bundle: Bundle, order: FleetOrder, here: Here, stage: Stage, review: Review | None = None) -> FleetFitted:
    """Fits a network of the bundle to each device and writes a run folder for each, and one report.

    `review` measures the finalists for each device. Networks of devices that are at hand
    are timed; for the others, their profiles foretell. Raises as `fit_device`.
    """
    started = time.perf_counter()
    check_before_work(bundle, order.out, order.limits, order.calibrate, order.surrogate, order.budget)
    members = _members(bundle.space, order, here)
    fitted = []
    for i, member in enumerate(members):
        with stage(f"fitting to {member.name}, {i + 1} of {len(members)}") as progress:
            fitted.append(_fit(bundle, member, review, progress))
    predicted_ms = tuple(tuple(m.profile.predict_ms(bundle.space, f.subnet) for m in members) for f in fitted)
    seconds = time.perf_counter() - started
    report = write_fleet_report(bundle, order.out, members, fitted, predicted_ms, seconds)
    return FleetFitted(tuple(members), tuple(fitted), predicted_ms, report, seconds)


def _fit(bundle: Bundle, member: Member, review: Review | None, progress: Progress) -> Fitted:
    started, order, profile = time.perf_counter(), member.order, member.profile
    open_folder(order.out)
    profile.save(order.out / PROFILE)
    wanted = Wanted(bundle, profile, order.limit, order.seed, order.surrogate, order.budget)
    choice = choose(wanted, member.backend, Plan(), review) if member.backend else foretell(wanted, review)
    found = Found(profile, False, choice, started, review)
    return deliver(bundle, order, found, progress)


def _members(space: SearchSpace, order: FleetOrder, here: Here) -> list[Member]:
    """Raises `InputError` for what does not fit together, and `LimitError` for a limit that its device rules out."""
    limits = order.limits * len(order.profiles) if len(order.limits) == 1 else order.limits
    if len(limits) != len(order.profiles):
        raise InputError(
            f"{len(limits)} limits for {len(order.profiles)} profiles; expected one for all, or one for each in order"
        )
    members: list[Member] = []
    for path, limit in zip(order.profiles, limits, strict=True):
        name = path.name.removesuffix(".json").removesuffix(".profile") or path.name
        if any(name == member.name for member in members):
            raise InputError(f"two profiles are called '{name}'; expected names that differ, rename one of the files")
        single = Order(order.out / name, limit, path, order.calibrate, order.surrogate, order.seed, order.budget)
        members.append(_member(space, name, single, path, here))
    return members


def _member(space: SearchSpace, name: str, order: Order, path: Path, here: Here) -> Member:
    given = DeviceProfile.load(path)
    try:
        profile = given.narrowed(space)
        limit_ms = profile.limit_ms(order.limit)
        check_limits(space, latency_limits(profile.latency(space), limit_ms))
    except (ArtifactError, InputError) as error:
        raise InputError(f"{path}: {error}") from error
    except LimitError as error:
        raise LimitError(f"{name}: {error}") from error
    return Member(name, order, profile, here(given), limit_ms)
