"""What a fit searches for: a subnet that ranks first within a limit on latency and a budget."""

from __future__ import annotations

from dataclasses import dataclass, replace

from facefit.bundle import Bundle, Ranking
from facefit.device import DeviceProfile, LatencyLimit
from facefit.fit.budget import budget_limits
from facefit.fit.chosen import Choice
from facefit.graph.forms import Weights
from facefit.search import Finalist, SearchResult, search
from facefit.search.limits import check_limits, latency_limits
from facefit.space.budget import UNLIMITED, Budget

_FINALISTS = 16
WEIGHTS: Weights = "float16"
"""How files are handed over: half the size, and hardly an answer or the latency changes (docs/devices.md)."""


class Interrupted(KeyboardInterrupt):
    """Ctrl-C, and the best that was found until then, with what was measured of it, if anything was."""

    def __init__(self, found: SearchResult, choice: Choice | None = None) -> None:
        super().__init__()
        self.found = replace(found, stopped_early=True)
        self.choice = replace(choice, found=self.found) if choice else None


@dataclass(frozen=True, slots=True)
class Wanted:
    """A subnet of the bundle for the device of the profile, within a limit on latency as `LatencyLimit` reads it."""

    bundle: Bundle
    profile: DeviceProfile
    limit: str
    seed: int
    ranking: Ranking = "accuracy"
    budget: Budget = UNLIMITED

    @property
    def limit_ms(self) -> float:
        """The limit by the profile."""
        return self.profile.limit_ms(self.limit)

    def limit_beside(self, reference_ms: float) -> float:
        """The limit in ms while EfficientNet-B0 takes `reference_ms`: a part of it follows the machine's drift."""
        return LatencyLimit.parse(self.limit).ms(reference_ms)

    def check(self) -> None:
        """Raises, before any work, `LimitError` if the limit or a part of the budget is below what any subnet takes,
        and `InputError` if the bundle lacks what ranks subnets."""
        self.bundle.preference(self.ranking)
        in_time = latency_limits(self.profile.latency(self.bundle.space), self.limit_ms)
        check_limits(self.bundle.space, [*in_time, *budget_limits(self.bundle, self.budget, self.profile.depthwise7)])

    def search(self, limit_ms: float | None = None) -> SearchResult:
        """The best few subnets within the limit, or a tighter one.

        Raises `LimitError` if no subnet keeps it, and `Interrupted` with the best so far after Ctrl-C.
        """
        bundle, profile = self.bundle, self.profile
        found = search(
            bundle.space,
            bundle.preference(self.ranking),
            profile,
            limit_ms or self.limit_ms,
            seed=self.seed,
            limits=budget_limits(bundle, self.budget, profile.depthwise7),
            surrogate=bundle.surrogate,
            finalists=_FINALISTS,
        )
        if found.stopped_early:
            raise Interrupted(found)
        return found

    def model(self, finalist: Finalist) -> bytes:
        """The file that would be exported, without its card."""
        from facefit.graph import emit_tflite, network_graph  # a search alone need not wait for it

        network = self.bundle.extract(finalist.subnet)
        graph = network_graph(network, self.bundle.outputs)
        return emit_tflite(graph, self.profile.depthwise7, weights=WEIGHTS)
