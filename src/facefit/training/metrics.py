"""The log of a training run: one entry an epoch, each epoch once even if the run was killed."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from facefit.artifacts import append_line, write_bytes
from facefit.errors import require
from facefit.training.agreement import by_leader
from facefit.training.engine import Engine

if TYPE_CHECKING:
    from tensorboardX.event_file_writer import EventsWriter


@dataclass(frozen=True, slots=True)
class Epoch:
    """A finished epoch: `number` counts from 1 within its phase, `step` over the whole run."""

    phase: int
    number: int
    step: int
    loss: float
    figures: Mapping[str, float]


class Log(Protocol):
    """Receives the epochs of a run."""

    def append(self, epoch: Epoch) -> None:
        """Adds an epoch."""
        ...

    def keep(self, is_past: Callable[[int, int], bool], step: int) -> None:
        """Drops epochs that a run going on at `step` trains again; `is_past(phase, epoch)` says which it does not."""
        ...


class Logs:
    """Several logs as one, written by the leading process while the others wait."""

    def __init__(self, engine: Engine, logs: Sequence[Log]) -> None:
        self._engine, self._logs = engine, logs

    def append(self, told: Callable[[], Epoch]) -> None:
        """Adds an epoch, which only the leading process asks for."""

        def tell() -> None:
            epoch = told()
            for log in self._logs:
                log.append(epoch)

        by_leader(self._engine, tell)

    def keep(self, is_past: Callable[[int, int], bool], step: int) -> None:
        """Drops epochs that are trained again from each of them; see `Log`."""

        def drop() -> None:
            for log in self._logs:
                log.keep(is_past, step)

        by_leader(self._engine, drop)


class JsonLines:
    """Lines of `phase`, `epoch`, `loss`, `time` and whatever figures an epoch has."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def append(self, epoch: Epoch) -> None:
        line = {"phase": epoch.phase, "epoch": epoch.number, "step": epoch.step, "loss": epoch.loss}
        append_line(self._path, json.dumps(line | {"time": time.time(), **epoch.figures}))

    def keep(self, is_past: Callable[[int, int], bool], step: int) -> None:
        if not self._path.exists():
            return
        lines = self._path.read_text(errors="replace").splitlines()
        kept = [text for text in lines if (place := _place(text)) is not None and is_past(*place)]
        write_bytes(self._path, "".join(f"{text}\n" for text in kept).encode())


def _place(line: str) -> tuple[int, int] | None:
    """Phase and epoch of a line; None if it was cut off when the run was killed."""
    try:
        entry = json.loads(line)
        return int(entry["phase"]), int(entry["epoch"])
    except (ValueError, TypeError, KeyError):
        return None


class TensorBoard:
    """Event files for TensorBoard; needs the extra 'tensorboard'.

    Written at once, without the package's own queue, which would lose the last epochs of a run that is killed.
    """

    def __init__(self, folder: Path) -> None:
        require("tensorboardX", "tensorboard", "writing TensorBoard metrics")
        self._folder, self._resumed_at = folder, 0
        self._events: EventsWriter | None = None

    def append(self, epoch: Epoch) -> None:
        from tensorboardX.event_file_writer import EventsWriter
        from tensorboardX.proto.event_pb2 import Event, SessionLog
        from tensorboardX.summary import scalar

        if self._events is None:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._events = EventsWriter(str(self._folder / "events"))
            begun = SessionLog(status=SessionLog.START)  # which makes TensorBoard forget what is trained again
            self._events.write_event(Event(wall_time=time.time(), step=self._resumed_at + 1, session_log=begun))
        for name, value in {"loss": epoch.loss, **epoch.figures}.items():
            self._events.write_event(Event(wall_time=time.time(), step=epoch.step, summary=scalar(name, value)))
        self._events.flush()

    def keep(self, is_past: Callable[[int, int], bool], step: int) -> None:
        self._resumed_at = step
