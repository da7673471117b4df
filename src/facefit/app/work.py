"""Where work for a browser lies until a page brings the answer."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from typing import Any

from facefit.app.limits import Refused
from facefit.app.portion import Portion
from facefit.device import Identity, Timing
from facefit.device.timing import Progress
from facefit.errors import DeviceError

_LOOK_SECONDS = 0.5


class Desk:
    """Where a page introduces its browser, and where work lies until it brought the answer; safe between threads.

    `identity` and `timing` block the side that measures; the other methods serve the page. Waiting ends with
    `DeviceError` when the desk is closed, or when no page came for `patience_s` seconds while work lay here.
    """

    def __init__(self, patience_s: float = math.inf, clock: Callable[[], float] = time.monotonic) -> None:
        self._changed = threading.Condition()
        self._patience_s, self._clock, self._seen = patience_s, clock, clock()
        self._identity: Identity | None = None
        self._portion: Portion | None = None
        self._answer: dict[str, Timing] | None = None
        self._progress: Progress | None = None
        self._closed = False

    def introduce(self, identity: Identity) -> None:
        """A page says what browser it runs in. Raises `Refused` (409) if another one did before."""
        with self._changed:
            if self._identity not in (None, identity):
                raise Refused(409, "another browser is being measured; end that first")
            self._identity, self._seen = identity, self._clock()
            self._changed.notify_all()

    def identity(self) -> Identity:
        """The browser, as soon as its page introduced it."""
        with self._changed:
            while self._identity is None:
                self._wait(math.inf)
            return self._identity

    def timing(self, portion: Portion, progress: Progress | None) -> dict[str, Timing]:
        """Lays out a portion and waits for its timings."""
        with self._changed:
            self._portion, self._answer, self._progress = portion, None, progress
            self._seen = self._clock()
            while self._answer is None:
                self._wait(self._patience_s)
            self._portion = self._progress = None
            return self._answer

    def portion(self) -> Portion | None:
        """What waits to be timed; a page asks."""
        with self._changed:
            self._seen = self._clock()
            return None if self._answer is not None else self._portion

    def model(self, key: str) -> bytes:
        """A model of the portion that lies here, by its hash; raises `Refused` (404) if there is none."""
        portion = self.portion()
        if portion is None or key not in portion.by_key:
            raise Refused(404, "there is no such model to time")
        return portion.by_key[key]

    def report(self, number: str, steps: int) -> None:
        """A page says how many bursts of a portion are behind it; late and odd reports are ignored."""
        portion = self._lying(number)
        with self._changed:
            tell = self._progress
        total = sum(len(order) for order in portion.orders)
        if tell and 0 <= steps <= total:
            tell(steps, total)

    def answer(self, number: str, passes_ms: Any) -> None:
        """A page brings the timings of a portion. Raises `Refused`: 400 if they cannot be true, 409 if it is not it."""
        timings = self._lying(number).timings(passes_ms)
        with self._changed:
            self._answer = timings
            self._changed.notify_all()

    def close(self) -> None:
        """Nobody waits any more."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _wait(self, patience_s: float) -> None:
        self._changed.wait(_LOOK_SECONDS)
        if self._closed:
            raise DeviceError("the measurement was ended; what was measured is kept, start it again to go on")
        if self._clock() - self._seen > patience_s:
            raise DeviceError(f"no page came for {patience_s:.0f} s; what was measured is kept, open the page again")

    def _lying(self, number: str) -> Portion:
        portion = self.portion()
        if portion is None or portion.number != number:
            raise Refused(409, "this is not what the computer waits for; ask it for work again")
        return portion
