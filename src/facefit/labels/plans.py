"""Label plans by name: each says which subnets to label next, given the labels so far."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np

from facefit.artifacts import canonical_json
from facefit.labels.active import active_labels
from facefit.labels.bands import Edges, band_edges, banded_labels, banded_trees
from facefit.labels.plan import graded_labels, uniform_labels
from facefit.labels.rounds import Round
from facefit.labels.store import Labels
from facefit.space import SearchSpace
from facefit.space.costs import LargestSum
from facefit.space.population import Genes

_Draw = Callable[[SearchSpace, int, np.random.Generator], Genes]


class LabelPlan(Protocol):
    """Chooses subnets to label."""

    @property
    def identity(self) -> str | None:
        """What tells a plan apart that chooses by the labels so far; None of one that does not depend on them."""
        ...

    def next(self, labels: Labels, wanted: int) -> Round:
        """At most `wanted` subnets that have no label yet; none ends the labelling."""
        ...


@dataclass(frozen=True)
class DrawnPlan:
    """All subnets drawn at once; the same seed draws the same ones, so that a run that was stopped goes on."""

    name: str
    draw: _Draw
    seed: int
    identity: None = None

    def next(self, labels: Labels, wanted: int) -> Round:
        genes = self.draw(labels.space, len(labels) + wanted, np.random.default_rng(self.seed))
        return Round.of(self.name, labels.missing(genes)[:wanted])


@dataclass(frozen=True)
class ActivePlan:
    """In rounds of `round_size`: what searches propose by the labels so far, for the upper edges of latency bands."""

    latency: LargestSum
    edges: Edges
    round_size: int
    seed: int

    @property
    def identity(self) -> str:
        digest = hashlib.sha256(canonical_json(["active", self.seed, self.round_size]) + self.edges.tobytes())
        for fixed, blocks in self.latency.sums:
            digest.update(fixed.tobytes() + blocks.tobytes())
        return digest.hexdigest()

    def next(self, labels: Labels, wanted: int) -> Round:
        rng = np.random.default_rng([self.seed, len(labels)])
        return active_labels(labels, min(wanted, self.round_size), rng, self.latency, self.edges)


@dataclass(frozen=True)
class GivenSubnets:
    """Exactly the subnets named, in their order."""

    genes: Genes
    name: str = "given"
    identity: None = None

    def next(self, labels: Labels, wanted: int) -> Round:
        return Round.of(self.name, labels.missing(self.genes)[:wanted])


def drawn_plan(name: Literal["graded", "uniform"], seed: int) -> DrawnPlan:
    """A plan that needs no latencies."""
    return DrawnPlan(name, graded_labels if name == "graded" else uniform_labels, seed)


def latency_plan(
    name: Literal["bands", "band-trees", "active"], space: SearchSpace, latency: LargestSum, round_size: int, seed: int
) -> LabelPlan:
    """A plan that spreads labels over bands of the latencies in `latency`."""
    edges = band_edges(space, latency)
    if name == "active":
        return ActivePlan(latency, edges, round_size, seed)
    draw = banded_labels if name == "bands" else banded_trees
    return DrawnPlan(name, lambda space, n, rng: draw(space, n, rng, latency, edges), seed)
