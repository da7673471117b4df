"""What a page takes part in: a measurement, and with `facefit app` the fit that follows it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Literal, TypeAlias

from facefit.app.wish import Wish
from facefit.app.work import Desk
from facefit.device.timing import Progress
from facefit.errors import FacefitError

State: TypeAlias = Literal["running", "done", "failed"]


class Job:
    """One piece of work with the desk at which its page serves; tells how far it is, and what was wished for."""

    def __init__(self, desk: Desk, wish: Wish | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self.desk, self._wish, self._clock = desk, wish, clock
        self._state: State = "running"
        self._stage, self._began = "waiting for this browser", clock()
        self._first, self._done, self._total = 0, 0, 0
        self._error: str | None = None
        self._result: dict[str, Any] | None = None

    @property
    def running(self) -> bool:
        return self._state == "running"

    def start(self, work: Callable[[], dict[str, Any]]) -> None:
        """Does the work in a thread of its own; why it failed is told by `to_json`."""

        def do() -> None:
            with suppress(FacefitError), self.reported():
                self._result = work()

        threading.Thread(target=do, daemon=True, name="facefit job").start()

    @contextmanager
    def reported(self) -> Iterator[None]:
        """The block is the work: how it ends is told by `to_json`, and closes the desk."""
        try:
            yield
            self._state = "done"
        except FacefitError as error:
            self._error, self._state = " ".join(str(error).split()), "failed"
            raise
        except BaseException:
            self._error, self._state = "the computer broke this off; its terminal says more", "failed"
            raise
        finally:
            self.desk.close()

    @contextmanager
    def stage(self, name: str) -> Iterator[Progress]:
        """A long piece of the work; the context takes its progress."""
        self._stage, self._began = name, self._clock()
        self._first = self._done = self._total = 0
        yield self._forward

    def _forward(self, done: int, total: int) -> None:
        if not self._done:
            self._first, self._began = done, self._clock()  # what an earlier try did took no time
        self._done, self._total = done, total

    def to_json(self) -> dict[str, Any]:
        """What the page is told; `seconds_left` of the stage is None as long as nobody knows."""
        return {
            "state": self._state,
            "wish": self._wish.to_json() if self._wish else None,
            "stage": self._stage,
            "done": self._done,
            "total": self._total,
            "seconds_left": self._seconds_left(),
            "error": self._error,
            "result": self._result,
        }

    def _seconds_left(self) -> float | None:
        if self._done <= self._first:
            return None
        rate = (self._clock() - self._began) / (self._done - self._first)
        return rate * (self._total - self._done)
