"""From which similarity two faces pass as one person by any subnet of a SuperNet: predicted without photos.

Weak subnets take strangers for more alike than good ones do, so that each wants thresholds of its own.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

from facefit.artifacts import read_json, write_json
from facefit.errors import ArtifactError
from facefit.faces.alignment import MATCH_VIEW, VIEWS, View
from facefit.faces.thresholds import CardThreshold, identification, view_entry
from facefit.space import SearchSpace, Subnet
from facefit.space.population import encode
from facefit.space.shape import shape_names, shapes

KIND, SCHEMA, MEANS = "facefit.thresholds", 3, 2
"""Files of schema 2 hold the mean over some subnets, in one view."""
Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of subnets: a constant and `slopes` by what is known of a subnet, within the `range` of those that it
    was learnt from. `error` is its root mean square on subnets that were left out."""

    constant: float
    slopes: Mapping[str, float]
    error: float
    range: Interval

    def of(self, shape: Mapping[str, float]) -> float:
        """The figure of a subnet, never beyond what was seen of any."""
        value = self.constant + sum(slope * shape[name] for name, slope in self.slopes.items())
        return min(max(value, self.range[0]), self.range[1])

    @classmethod
    def mean(cls, value: float, error: float) -> Self:
        """The same for all subnets."""
        return cls(value, {}, error, (value, value))

    @classmethod
    def from_json(cls, data: Mapping[str, Any], names: Collection[str]) -> Self:
        low, high = data["range"]
        figure = cls(data["constant"], dict(data["slopes"]), data["error"], (low, high))
        if not all(math.isfinite(x) for x in (low, high, figure.constant, figure.error, *figure.slopes.values())):
            raise ValueError("figures that are not finite")
        if unknown := figure.slopes.keys() - set(names):
            raise ValueError(f"they rest on {min(unknown)}, which the space does not have")
        return figure


@dataclass(frozen=True, slots=True)
class ViewThresholds:
    """Thresholds and `tar`, the share of pairs of one person that passes them, by false acceptance rate, for faces in
    one view; `beside` each threshold is how far it would move down and up with other people (95 %)."""

    thresholds: Mapping[str, Figure]
    tar: Mapping[str, Figure]
    beside: Mapping[str, Interval]
    calibrated_on: str

    def card_entry(self, shape: Mapping[str, float], subnets: int) -> dict[str, Any]:
        """What the card of a subnet says of comparing faces in this view."""
        found = {far: self._threshold(far, figure, shape) for far, figure in self.thresholds.items()}
        predicted = any(figure.slopes for figure in self.thresholds.values())
        kind = f"predicted for this network from {subnets} others" if predicted else f"mean of {subnets} networks"
        return view_entry(found, f"{kind}, all with predicted batch-norm statistics", self.calibrated_on)

    def _threshold(self, far: str, figure: Figure, shape: Mapping[str, float]) -> CardThreshold:
        value, tar, interval = figure.of(shape), self.tar.get(far), None
        if far in self.beside:  # what other people and what prediction may change are independent of each other
            down, up = (math.hypot(way, 1.96 * figure.error) for way in self.beside[far])
            interval = max(value - down, -1.0), min(value + up, 1.0)
        return CardThreshold(value, tar.of(shape) if tar else None, interval, figure.error)


@dataclass(frozen=True, slots=True)
class Thresholds:
    """What was learnt from so many subnets, by the view that faces are shown in."""

    views: Mapping[View, ViewThresholds]
    subnets: int

    def identification(self, space: SearchSpace, subnet: Subnet) -> dict[str, Any]:
        """What the card of a subnet says of comparing faces."""
        (row,) = shapes(space, encode(space, [subnet])).tolist()
        shape = dict(zip(shape_names(space), row, strict=True))
        return identification({view: one.card_entry(shape, self.subnets) for view, one in self.views.items()})

    def save(self, path: Path) -> None:
        views = {view: asdict(one) for view, one in self.views.items()}
        write_json(path, {"kind": KIND, "schema": SCHEMA, "subnets": self.subnets, "views": views})

    @classmethod
    def load(cls, path: Path, space: SearchSpace) -> Self:
        """Raises `ArtifactError` for anything but a file written by `save`, today's or of schema 2, for the space."""
        data = read_json(path, "thresholds of a SuperNet")
        try:
            if data["kind"] != KIND or data["schema"] not in (MEANS, SCHEMA):
                raise ValueError("another kind or schema")
            if data["schema"] == MEANS:
                return cls({MATCH_VIEW: _of_means(data)}, data["subnets"])
            views = {_view(name): _of_view(one, shape_names(space)) for name, one in data["views"].items()}
            if MATCH_VIEW not in views:
                raise ValueError(f"none for {MATCH_VIEW} faces")
            return cls(views, data["subnets"])
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise ArtifactError(
                f"{path}: not thresholds of this SuperNet ({error}); write them with 'facefit label'"
            ) from error


def _view(name: str) -> View:
    if name not in VIEWS:
        raise ValueError(f"'{name}' is no view")
    return name


def _of_view(data: Mapping[str, Any], names: Collection[str]) -> ViewThresholds:
    thresholds, tar = (
        {far: Figure.from_json(one, names) for far, one in data[figure].items()} for figure in ("thresholds", "tar")
    )
    beside = {far: (float(down), float(up)) for far, (down, up) in data["beside"].items()}
    return ViewThresholds(thresholds, tar, beside, data["calibrated_on"])


def _of_means(data: Mapping[str, Any]) -> ViewThresholds:
    thresholds = {far: Figure.mean(value, data["deviation"][far]) for far, value in data["cosine"].items()}
    tar = {far: Figure.mean(value, 0.0) for far, value in data["tar"].items()}
    return ViewThresholds(thresholds, tar, {}, data["calibrated_on"])
