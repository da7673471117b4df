"""A browser measured through its page: the backend of `facefit.device` whose device asks for work over HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from facefit.app.portion import Portion
from facefit.app.work import Desk
from facefit.device import Identity, Plan, Portions, Timing
from facefit.device.models import empty_model
from facefit.device.timing import Progress, Protocol

_EMPTY = "nothing"
_LEAST_SHARE = 0.1
"""No block is free, even if a call of it seems as short as one that does nothing."""
_BURST_MS = 10.0


class BrowserBackend:
    """Times models in the page that serves itself at `desk`, one thread, with LiteRT.js.

    A clock in a browser is coarse, 5 us at best and often 100: where a run is shorter than 20 of its steps, several in
    a row are timed together. A burst lasts 10 ms, since a page is disturbed more than a program of its own. A call of
    the runtime from JavaScript costs 16-25 us whatever the model: a model that does nothing is timed with each portion,
    and its fastest burst taken off all others. `portions` keeps what was measured of a call that broke off.
    """

    def __init__(self, desk: Desk, portions: Portions) -> None:
        self._desk, self._portions = desk, portions

    def identity(self) -> Identity:
        """The browser, as its page told; waits for one."""
        return self._desk.identity()

    def time(
        self,
        models: Mapping[str, bytes],
        protocol: Protocol,
        rng: np.random.Generator,
        *,
        progress: Progress | None = None,
    ) -> dict[str, Timing]:
        """Times the models in portions, in bursts of 10 ms or more. Raises `DeviceError` when the desk is closed."""
        protocol = replace(protocol, shortest_burst_ms=max(protocol.shortest_burst_ms, _BURST_MS))

        def measure(portion: Mapping[str, bytes], forward: Progress) -> dict[str, Timing]:
            everything = {_EMPTY: empty_model(), **portion}
            orders = [rng.permutation(len(everything)).tolist() for _ in range(protocol.passes)]
            timings = self._desk.timing(Portion(everything, protocol, orders), forward)
            overhead_ms = timings.pop(_EMPTY).ms
            return {name: _without(overhead_ms, timing) for name, timing in timings.items()}

        return self._portions.time(measure, self.identity(), models, protocol, rng, progress)


def _without(overhead_ms: float, timing: Timing) -> Timing:
    return Timing(tuple(max(ms - overhead_ms, _LEAST_SHARE * ms) for ms in timing.passes_ms))


def browser_plan() -> Plan:
    """How much to measure in a browser: about a minute, since somebody holds the phone meanwhile."""
    return Plan(
        networks=24,
        held_out=8,
        rounds=2,
        protocol=Protocol(passes=3, warm_ups=1, runs=1, shortest_burst_ms=_BURST_MS),
        form_protocol=Protocol(passes=2, warm_ups=1, runs=1, shortest_burst_ms=_BURST_MS),
    )
