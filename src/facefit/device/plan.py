"""How much to measure of a device."""

from __future__ import annotations

from dataclasses import dataclass, field

from facefit.device.fit import NETWORKS_AT_LEAST
from facefit.device.timing import Protocol
from facefit.errors import InputError
from facefit.graph.forms import Output

Outputs = tuple[Output, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """How much to measure.

    Rounds load all models anew, because where memory falls changes a network's latency by about 1 %; each runs
    `protocol`. Slow phases of a busy machine last for seconds: many passes over a longer time outlast them.
    `networks` random subnets serve the fit, `held_out` others its error. All of them are in memory at once. A fit times
    its finalists in as many rounds, for `finalists_seconds` at least: a few models alone would be through too soon.
    """

    outputs: Outputs = ("probabilities", "descriptor")
    networks: int = 30
    held_out: int = 18
    rounds: int = 6
    finalists_seconds: float = 5.0
    protocol: Protocol = field(default_factory=Protocol)
    form_protocol: Protocol = field(default_factory=lambda: Protocol(passes=3))

    def __post_init__(self) -> None:
        if self.networks < NETWORKS_AT_LEAST or self.held_out < 1 or self.rounds < 1:
            raise InputError(
                f"{self.networks} networks, {self.held_out} held out, {self.rounds} rounds; "
                f"expected at least {NETWORKS_AT_LEAST}, 1 and 1"
            )
