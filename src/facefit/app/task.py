"""What a server is there for, as its addresses and its host see it."""

from __future__ import annotations

from typing import Protocol

from facefit.app.jobs import Job
from facefit.app.networks import Network
from facefit.device import Identity


class Task(Protocol):
    """What the server is there for: fits, or one profile."""

    name: str

    def start(self, session: str, identity: Identity, limit: str, anew: bool = False) -> Job:
        """A page begins; `anew` without what was measured before."""
        ...

    def job(self, session: str) -> Job | None:
        """What the page of a session takes part in."""
        ...

    def networks(self, session: str) -> list[Network]:
        """What the page of a session can choose; may take a second."""
        ...
