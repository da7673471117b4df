"""Timing in bursts, on a clock that only moves when a call takes time."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from facefit.device import Protocol, Timing, time_bursts
from facefit.errors import InputError


class Clock:
    """Seconds that pass only while calls run."""

    def __init__(self) -> None:
        self.now = 0.0
        self.order: list[str] = []

    def __call__(self) -> float:
        return self.now

    def call(self, name: str, duration_ms: Callable[[int], float]) -> Callable[[], None]:
        """A call that takes `duration_ms(how often it ran before)`."""
        times = iter(range(10**9))

        def run() -> None:
            self.order.append(name)
            self.now += duration_ms(next(times)) / 1e3

        return run


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def test_a_burst_ignores_disturbances_and_the_spread_shows_slow_passes() -> None:
    clock = Clock()
    disturbed = clock.call("disturbed", lambda i: 5.0 if i % 3 else 50.0)
    slow_passes = clock.call("slow passes", lambda i: 2.0 if i < 20 else 3.0)
    calls = {"disturbed": disturbed, "slow passes": slow_passes}
    timings = time_bursts(calls, Protocol(passes=4), rng(), clock=clock)
    assert timings["disturbed"].ms == pytest.approx(5.0)
    assert timings["disturbed"].spread_percent == pytest.approx(0.0)
    assert timings["slow passes"].passes_ms == pytest.approx((2.0, 2.0, 3.0, 3.0))
    assert timings["slow passes"].ms == pytest.approx(2.0)
    assert timings["slow passes"].spread_percent == pytest.approx(25.0)


def test_one_lucky_pass_does_not_make_the_latency() -> None:
    assert Timing((1.0, 2.0, 2.0, 2.0, 2.0)).ms == 2.0


def test_warm_ups_are_not_timed() -> None:
    clock = Clock()
    growing = clock.call("growing", lambda i: 1.0 if i < 3 else 9.0)
    timing = time_bursts({"growing": growing}, Protocol(passes=1, warm_ups=3), rng(), clock=clock)["growing"]
    assert timing.ms == pytest.approx(9.0)


def test_short_calls_run_more_often_until_the_burst_is_long_enough() -> None:
    clock = Clock()
    calls = {"short": clock.call("short", lambda i: 0.01), "long": clock.call("long", lambda i: 4.0)}
    time_bursts(calls, Protocol(passes=1, warm_ups=2, runs=8, shortest_burst_ms=1.0), rng(), clock=clock)
    assert clock.order.count("long") == 10
    assert clock.order.count("short") == pytest.approx(102, abs=1)


def test_a_clock_that_stands_still_does_not_hang() -> None:
    timing = time_bursts({"instant": lambda: None}, Protocol(passes=1), rng(), clock=lambda: 1.0)["instant"]
    assert timing.ms == 0.0


def test_each_pass_visits_every_call_once_in_another_order() -> None:
    clock = Clock()
    names = [f"call {i}" for i in range(8)]
    calls = {name: clock.call(name, lambda i: 5.0) for name in names}
    steps: list[tuple[int, int]] = []
    protocol = Protocol(passes=3, warm_ups=1, runs=1)
    time_bursts(calls, protocol, rng(), clock=clock, progress=lambda done, total: steps.append((done, total)))
    visits = clock.order[::2]
    passes = [visits[start : start + 8] for start in (0, 8, 16)]
    assert all(sorted(order) == names for order in passes)
    assert passes[0] != passes[1] != passes[2]
    assert steps == [(i + 1, 24) for i in range(24)]


def test_passes_join() -> None:
    assert (Timing((2.0, 1.0)) + Timing((3.0,))).passes_ms == (2.0, 1.0, 3.0)


@pytest.mark.parametrize("field", ["passes", "warm_ups", "runs"])
def test_protocol_needs_at_least_one_of_each(field: str) -> None:
    with pytest.raises(InputError, match="at least one"):
        Protocol(**{field: 0})
