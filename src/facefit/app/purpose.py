"""What a server is there for, as its addresses and its host see it."""

from __future__ import annotations

from typing import Protocol

from facefit.app.jobs import Job
from facefit.app.networks import Network
from facefit.app.wish import Wish
from facefit.device import Identity


class Purpose(Protocol):
    """What the server is there for: fits, or one profile."""

    name: str

    def start(self, session: str, identity: Identity, wish: Wish) -> Job:
        """A page begins."""
        ...

    def job(self, session: str) -> Job | None:
        """What the page of a session takes part in."""
        ...

    def networks(self, session: str) -> list[Network]:
        """What the page of a session can choose; may take a second."""
        ...
