"""Timing in bursts: what a device needs for a call when nothing disturbs it.

Several passes visit all calls in random order; at each visit a call runs a burst back to back. A burst is long enough
for caches and clocks to settle as they do in use, and the random order spreads slow phases of the machine over all
calls alike. A burst counts with its fastest run, since disturbances only ever add time. The lower
quartile of the bursts is the latency: where memory falls differs from load to load, and the luckiest load of a network
says little about the next, while the median still holds what neighbours of a shared machine take away.
"""

from __future__ import annotations

import gc
import math
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from facefit.device.intervals import quartile_interval
from facefit.errors import InputError

Progress = Callable[[int, int], None]
"""Called with the number of finished steps and the number of all steps."""


@dataclass(frozen=True, slots=True)
class Protocol:
    """How often to run: `passes` times (`warm_ups` untimed runs, then at least `runs` timed ones).

    A burst of a short call gets more timed runs, until it lasts about `shortest_burst_ms`. A network whose weights fill
    a cache has driven out what the last one left there after about five runs; to be timed before that, between layers
    or between other networks, would be two different things.
    """

    passes: int = 3
    warm_ups: int = 6
    runs: int = 4
    shortest_burst_ms: float = 1.0

    def __post_init__(self) -> None:
        if self.passes < 1 or self.runs < 1 or self.warm_ups < 1 or not self.shortest_burst_ms >= 0:
            raise InputError(f"{self}: expected at least one pass, one warm-up and one run, and no negative time")


@dataclass(frozen=True, slots=True)
class Timing:
    """The fastest run of each pass, in milliseconds, in the order of the passes; `+` joins rounds of passes.

    `rounds` says how many passes each round has, those between two loads of the model; none stands for a single round.
    """

    passes_ms: tuple[float, ...]
    rounds: tuple[int, ...] = ()

    def __add__(self, other: Timing) -> Timing:
        return Timing(self.passes_ms + other.passes_ms, self._rounds + other._rounds)

    @property
    def _rounds(self) -> tuple[int, ...]:
        return self.rounds or ((len(self.passes_ms),) if self.passes_ms else ())

    @property
    def ms(self) -> float:
        """The lower quartile of the passes."""
        return float(np.quantile(self.passes_ms, 0.25))

    @property
    def interval_ms(self) -> tuple[float, float]:
        """95 % interval of `ms` (see `quartile_interval`): of the device as it was then, not of another day."""
        ends = np.cumsum(self._rounds).tolist()
        return quartile_interval([self.passes_ms[end - n : end] for n, end in zip(self._rounds, ends, strict=True)])

    @property
    def spread_percent(self) -> float:
        """How far the median pass lies above the latency: 0 on a machine that nothing disturbs."""
        return 100.0 * (float(np.median(self.passes_ms)) / self.ms - 1.0)


def time_bursts(
    calls: Mapping[str, Callable[[], object]],
    protocol: Protocol,
    rng: np.random.Generator,
    *,
    clock: Callable[[], float] = time.perf_counter,
    progress: Progress | None = None,
) -> dict[str, Timing]:
    """Times every call under the protocol; `clock` returns seconds. Every run is timed on its own."""
    names = list(calls)
    fastest: dict[str, list[float]] = {name: [] for name in names}
    with _no_garbage_collection():
        for p in range(protocol.passes):
            for i, n in enumerate(rng.permutation(len(names))):
                name = names[n]
                fastest[name].append(_burst_ms(calls[name], protocol, clock))
                if progress:
                    progress(p * len(names) + i + 1, protocol.passes * len(names))
    return {name: Timing(tuple(values)) for name, values in fastest.items()}


def _burst_ms(call: Callable[[], object], protocol: Protocol, clock: Callable[[], float]) -> float:
    """Fastest run of one burst; the last warm-up tells how many runs fill the shortest burst."""
    warm_ms = math.inf
    for _ in range(protocol.warm_ups):
        warm_ms = _run_ms(call, clock)
    # A clock that did not move during the warm-up must not ask for an endless burst.
    runs = max(protocol.runs, min(1000, math.ceil(protocol.shortest_burst_ms / max(warm_ms, 1e-6))))
    return min(_run_ms(call, clock) for _ in range(runs))


def _run_ms(call: Callable[[], object], clock: Callable[[], float]) -> float:
    start = clock()
    call()
    return (clock() - start) * 1e3


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    was_on = gc.isenabled()
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
