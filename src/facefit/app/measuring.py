"""`facefit profile --browser`: a server that is there for one profile of one browser."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from facefit.app.jobs import Job
from facefit.app.limits import Refused
from facefit.app.networks import Network
from facefit.app.wish import Wish
from facefit.app.work import Desk
from facefit.device import Identity
from facefit.device.timing import Progress

_FAREWELL_SECONDS = 5.0


class Measuring:
    """The job of measuring whichever paired browser comes first."""

    name = "profile"

    def __init__(self) -> None:
        self._job = Job(Desk())
        self._session: str | None = None
        self._told = False

    @property
    def desk(self) -> Desk:
        """Where the browser serves."""
        return self._job.desk

    def start(self, session: str, identity: Identity, wish: Wish) -> Job:
        """A page offers its browser; raises `Refused` (409) if another one was faster."""
        if self._session not in (None, session):
            raise Refused(409, "another browser is being measured")
        self.desk.introduce(identity)
        self._session = session
        return self._job

    def job(self, session: str) -> Job | None:
        """The measurement, for the page that serves it."""
        if session != self._session:
            return None
        self._told = not self._job.running
        return self._job

    def networks(self, session: str) -> list[Network]:
        """None: nothing is fitted here."""
        return []

    @contextmanager
    def measured(self) -> Iterator[Progress]:
        """The block measures and tells how far it is; afterwards the page gets a moment to hear how it ended."""
        try:
            with self._job.reported(), self._job.stage("measuring this browser") as progress:
                yield progress
        finally:
            end = time.monotonic() + _FAREWELL_SECONDS
            while self._session and not self._told and time.monotonic() < end:
                time.sleep(0.1)
