"""A browser as the device of a verb: a server that is there for as long as it is measured."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from facefit.cli.devices import Target
from facefit.device import CompactModels, Portions
from facefit.device.timing import Progress
from facefit.errors import InputError, require


def browser_target(
    threads: int, portions: Portions, *, host: str, port: int, https: bool, tell: Callable[[str], None]
) -> Target:
    """Whichever browser pairs first; it takes models in `portions`.

    Raises `InputError` for more than one thread, `MissingExtra` without the extra 'app'.
    """
    if threads != 1:
        raise InputError(f"{threads} threads; expected 1, in a browser LiteRT.js is run with one")
    require("starlette", "app", "measuring a browser")
    from facefit.app.browser import BrowserBackend, browser_plan
    from facefit.app.hosting import Hosting
    from facefit.app.measuring import Measuring
    from facefit.app.places import data_folder

    measuring = Measuring()
    hosting = Hosting(data_folder() / "app", host, port, https)

    @contextmanager
    def session() -> Iterator[Progress]:
        with hosting.running(measuring, tell), measuring.measured() as progress:
            tell("open the page and its tab Fit; the measurement begins as soon as the device is paired")
            yield progress

    backend = BrowserBackend(measuring.desk, portions)
    return Target("a browser", backend, CompactModels(), browser_plan(), session())
