"""The browser of this machine as a device of table 3: limits of a page's profile are judged in such a page."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from headless import headless_chromium, serving_page
from table3_latency import BackendOf, here

from facefit.device import Backend, DeviceProfile
from facefit.device.backend import BROWSER_RUNTIME


@contextmanager
def backends_of_here(profiles: Iterable[DeviceProfile]) -> Iterator[BackendOf]:
    """This machine's runtime, and a headless Chromium where a profile is of a page; none for other devices."""
    if not any(profile.identity.runtime == BROWSER_RUNTIME for profile in profiles):
        yield here
        return
    with (
        tempfile.TemporaryDirectory() as folder,
        headless_chromium() as chromium,
        serving_page(chromium, Path(folder)) as page,
    ):

        def backend_of(profile: DeviceProfile) -> Backend | None:
            return page if page.identity() == profile.identity else here(profile)

        yield backend_of
