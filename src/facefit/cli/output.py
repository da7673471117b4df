"""What a verb writes: lines for people or one JSON object for scripts, and progress on standard error."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated, Any, TypeAlias

import typer

Json: TypeAlias = Annotated[bool, typer.Option("--json", help="Print one JSON object as the last line.")]
"""Here and not among the other options, since 'doctor' has to load without what those need."""

Report = Callable[[float, float], None]
"""Called with what is done and what there is to do, in any unit: steps, photos, or multiply-accumulates."""

_REFRESH_SECONDS = 0.5


class Output:
    """Lines if `as_json` is false, otherwise the result alone."""

    def __init__(self, as_json: bool) -> None:
        self._as_json = as_json

    def line(self, text: str = "") -> None:
        """A line for people; with JSON it goes to standard error, where it disturbs no script."""
        print(text, file=sys.stderr if self._as_json else sys.stdout, flush=True)

    def result(self, values: Mapping[str, Any]) -> None:
        """The last line of a verb: one object, only with JSON."""
        if self._as_json:
            print(json.dumps(dict(values), allow_nan=False), flush=True)


@contextmanager
def progress_bar(description: str) -> Iterator[Report]:
    """A bar with the time left on standard error; where that is no terminal, a line now and then.

    It draws only when progress is reported: a thread that draws would disturb what is being timed.
    """
    from rich.console import Console  # many a verb draws no bar
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    if not console.is_terminal:
        yield _lines_now_and_then(description)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, auto_refresh=False) as bar:
        task, drawn = bar.add_task(description, total=None), [0.0]

        def report(done: float, total: float) -> None:
            bar.update(task, completed=done, total=total)
            if time.monotonic() - drawn[0] > _REFRESH_SECONDS:
                bar.refresh()
                drawn[0] = time.monotonic()

        yield report


def _lines_now_and_then(description: str) -> Report:
    """For logs: a line at the beginning, and then the share done and the time left, ever more rarely."""
    print(f"{description} ...", file=sys.stderr, flush=True)
    started, first, pause = time.monotonic(), [0.0], [60.0]

    def report(done: float, total: float) -> None:
        passed = time.monotonic() - started
        first[0] = first[0] or done
        if passed > pause[0] and done > first[0]:
            left = passed / (done - first[0] + 1) * (total - done)
            print(f"{description}: {100 * done / total:.0f} %, {left / 60:.0f} min left", file=sys.stderr, flush=True)
            pause[0] = passed * 1.25

    return report
