"""The searches of table 3: each fit of a method, and all profiles and limits that it searches for."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from fingerprints import profile_fingerprint
from table3_labels import Draw, share_of
from table3_methods import OURS, Method, Search
from table3_records import ALL, Cell, Record, Row, Searches
from table3_reference import long_search
from table3_results import REFERENCE

from facefit.cli.output import progress_bar
from facefit.device import DeviceProfile
from facefit.errors import FacefitError, InputError
from facefit.labels.store import Labels
from facefit.search.limits import check_limits, latency_limits
from facefit.space import SearchSpace
from facefit.space.population import Genes


@dataclass(frozen=True)
class Devices:
    """Device profiles by name, their fingerprints, and the limits that are searched within on each."""

    profiles: Mapping[str, DeviceProfile]
    fingerprints: Mapping[str, str]
    limits: Sequence[str]

    @classmethod
    def load(cls, files: Sequence[Path], limits: Sequence[str], space: SearchSpace) -> Devices:
        """Profiles named by their files, for this space; raises `InputError` where two have one name, and for a profile
        on which some limit says nothing or that no subnet keeps."""
        names = [path.stem.removesuffix(".profile") for path in files]
        if len(set(names)) < len(names):
            raise InputError(
                f"profiles are named {', '.join(names)} by their files; expected different names: rename some"
            )
        profiles = {name: _for_space(path, limits, space) for name, path in zip(names, files, strict=True)}
        return cls(profiles, {name: profile_fingerprint(profile) for name, profile in profiles.items()}, limits)

    def limit_ms(self, row: Row) -> float:
        return self.profiles[row.profile].limit_ms(row.limit)


def _for_space(path: Path, limits: Sequence[str], space: SearchSpace) -> DeviceProfile:
    profile = DeviceProfile.load(path)
    try:
        profile = profile.narrowed(space)
        for limit in limits:
            check_limits(space, latency_limits(profile.latency(space), profile.limit_ms(limit)))
    except FacefitError as error:
        raise InputError(f"{path}: {error}") from error
    return profile


@dataclass(frozen=True)
class Course:
    """One fit with a seed, whose searches share it."""

    method: str
    share: float
    labels: str
    seed: int
    learn: partial[Search]

    def cells(self, devices: Devices) -> list[Cell]:
        return [
            Cell(Row(profile, limit, self.share, self.method, self.labels), self.seed)
            for profile in devices.profiles
            for limit in devices.limits
        ]


def courses_of_methods(
    chosen: Mapping[str, Method], labels: Labels, shares: Iterable[float], seeds: int
) -> list[Course]:
    return [
        Course(name, share, ALL, seed, partial(_learn, method, partial(share_of, labels, share), seed))
        for share in shares
        for seed in range(seeds)
        for name, method in chosen.items()
    ]


def courses_of_plans(ours: Method, plans: Mapping[str, Draw], seeds: int) -> list[Course]:
    """The default surrogate on labels of each plan."""
    return [
        Course(OURS, 1.0, name, seed, partial(_learn, ours, draw, seed))
        for seed in range(seeds)
        for name, draw in plans.items()
    ]


def _learn(method: Method, draw: Draw, seed: int) -> Search:
    return method(draw(seed), seed)


def search_all(
    courses: Sequence[Course], labels: Labels, devices: Devices, searches: Searches, finalists: int
) -> list[Cell]:
    """Does what is not done yet, and tells all cells."""
    with progress_bar(f"searching after {len(courses)} fits") as report:
        for i, course in enumerate(courses):
            todo = [cell for cell in course.cells(devices) if cell not in searches.records]
            if todo:
                started = time.perf_counter()
                run = course.learn()
                fit_seconds = time.perf_counter() - started
                for cell in todo:
                    limit_ms = devices.limit_ms(cell.row)
                    found = run(devices.profiles[cell.row.profile].latency(labels.space), limit_ms, course.seed)
                    searches.add(
                        _record(cell, devices, found.finalists[:finalists], found.seconds, fit_seconds, found.helped)
                    )
            report(i + 1, len(courses))
    return [cell for course in courses for cell in course.cells(devices)]


def search_references(labels: Labels, devices: Devices, searches: Searches, finalists: int) -> list[Cell]:
    """The long searches that regret is told against."""
    cells = [Cell(Row(profile, limit, 1.0, REFERENCE), 0) for profile in devices.profiles for limit in devices.limits]
    with progress_bar("long reference searches") as report:
        for i, cell in enumerate(cells):
            if cell not in searches.records:
                started, limit_ms = time.perf_counter(), devices.limit_ms(cell.row)
                latency = devices.profiles[cell.row.profile].latency(labels.space)
                genes = long_search(labels, latency, limit_ms, 0, finalists)
                searches.add(_record(cell, devices, genes, time.perf_counter() - started, 0.0, False))
            report(i + 1, len(cells))
    return cells


def _record(cell: Cell, devices: Devices, genes: Genes, seconds: float, fit_seconds: float, helped: bool) -> Record:
    rows = tuple(map(tuple, genes.tolist()))
    profile = devices.fingerprints[cell.row.profile]
    return Record(cell, profile, devices.limit_ms(cell.row), rows, seconds, fit_seconds, helped)
