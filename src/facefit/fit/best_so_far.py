"""What a fit hands over if Ctrl-C is pressed while it times its best few."""

from __future__ import annotations

from dataclasses import dataclass

from facefit.fit.chosen import Choice


@dataclass
class BestSoFar:
    """A finalist `within` the limit by its first timing, until a second one shows that it is not; else the first that
    only `missed` it in its second; else the `fastest` of all that were timed, in whichever search."""

    within: Choice | None = None
    missed: Choice | None = None
    fastest: Choice | None = None

    @property
    def choice(self) -> Choice | None:
        """None before anything was timed."""
        return self.within or self.missed or self.fastest

    @property
    def fastest_ms(self) -> float:
        """What the fastest of all took."""
        assert self.fastest and self.fastest.timing
        return self.fastest.timing.ms

    def timed(self, fastest: Choice) -> None:
        """Takes note of the fastest of a search."""
        assert fastest.timing
        if not self.fastest or fastest.timing.ms < self.fastest_ms:
            self.fastest = fastest

    def timed_again(self, choice: Choice) -> None:
        """Takes note of a second timing that missed the limit."""
        self.within, self.missed = None, self.missed or choice
