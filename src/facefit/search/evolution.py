"""The paper's genetic search: the comparator and QuickSelect choose the parents, the limits choose the children."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from facefit.errors import InputError
from facefit.search.anytime import finished
from facefit.search.limits import Limit, within
from facefit.search.quickselect import Among, best_of, best_of_each_resolution, ranked
from facefit.search.starts import Starts
from facefit.space import SearchSpace
from facefit.space.population import Genes, cross_over, first_places, keys, mutate

ShouldStop = Callable[[], bool]
_ATTEMPTS, _WORTHWHILE = 8, 0.1


@dataclass(frozen=True, slots=True)
class EvolutionSettings:
    """Sizes of the genetic search; with the surrogate of a bundle the defaults take a tenth of a second.

    In the first `parted_share` of the generations each resolution has as many parents. Otherwise the resolution that is
    best among random subnets soon has all of them, and hardly any child keeps the limits at another one.
    """

    population: int = 384
    parents: int = 96
    generations: int = 40
    parted_share: float = 0.5
    mutated_share: float = 0.5
    mutation_probability: float = 0.1

    def __post_init__(self) -> None:
        if not 1 <= self.parents < self.population or self.generations < 0:
            raise InputError(
                f"evolution: {self.parents} parents of {self.population} for {self.generations} generations, "
                "expected fewer parents than population and no negative number"
            )


@dataclass(frozen=True)
class Evolved:
    """What an evolution found: finalists best first, all that was compared, in order, and how it ended."""

    finalists: Genes
    searched: Genes
    generations: int
    stopped_early: bool


def evolve(
    space: SearchSpace,
    among: Among,
    limits: Sequence[Limit],
    rng: np.random.Generator,
    settings: EvolutionSettings,
    finalists: int,
    should_stop: ShouldStop,
    known: Genes | None = None,
) -> Evolved:
    """Runs the genetic search; every subnet in the result keeps all limits and none comes twice.

    `known` subnets, which keep the limits, are in the first generation. The last one is selected from as well.
    `should_stop` or Ctrl-C ends the search with the best so far.
    Raises `LimitError` at once if no subnet keeps the limits.
    """
    nursery = _Nursery(space, limits, settings, rng)
    population = nursery.first_generation(known)
    generation, stopped = 0, False
    try:
        while generation < settings.generations and not (stopped := should_stop()):
            parted = generation < settings.parted_share * settings.generations
            parents = (best_of_each_resolution if parted else best_of)(population, settings.parents, among, rng)
            children = nursery.children(parents)
            if len(children) == 0:
                break
            population = np.concatenate([parents, children])
            generation += 1
    except KeyboardInterrupt:
        stopped = True
    best, asked = finished(lambda: _ranked(best_of(population, finalists, among, rng), among))
    return Evolved(best, nursery.searched, generation, stopped or asked)


def _ranked(genes: Genes, among: Among) -> Genes:
    return genes[ranked(genes, among)]


class _Nursery:
    """Makes children that keep the limits and that nobody has seen before."""

    def __init__(
        self, space: SearchSpace, limits: Sequence[Limit], settings: EvolutionSettings, rng: np.random.Generator
    ) -> None:
        self._space, self._limits, self._settings, self._rng = space, limits, settings, rng
        self._starts = Starts(space, limits)
        self._known: set[bytes] = set()
        self._batches: list[Genes] = []

    @property
    def searched(self) -> Genes:
        return np.concatenate(self._batches)

    def first_generation(self, known: Genes | None) -> Genes:
        drawn = self._starts.draw(self._settings.population, self._rng)
        first = drawn if known is None else np.concatenate([known, drawn])
        return self._register(first, self._settings.population)

    def children(self, parents: Genes) -> Genes:
        """Mutants and crosses of the parents; fewer than there is room for where most are over the limits or known."""
        wanted = self._settings.population - len(parents)
        mutants = self._accepted(self._mutants, parents, round(wanted * self._settings.mutated_share))
        crosses = self._accepted(self._crosses, parents, wanted - len(mutants))
        return np.concatenate([mutants, crosses])

    def _accepted(self, make: Callable[[Genes, int], Genes], parents: Genes, wanted: int) -> Genes:
        """At most so many that keep the limits and are new; it ends as well once they are few in the making."""
        found = parents[:0]
        for _ in range(_ATTEMPTS):
            made = make(parents, 2 * wanted)
            fitting = made[within(self._limits, made)]
            new = self._register(fitting, wanted - len(found))
            found = np.concatenate([found, new])
            if len(found) == wanted or len(new) < _WORTHWHILE * wanted:
                break
        return found

    def _mutants(self, parents: Genes, n: int) -> Genes:
        chosen = parents[self._rng.integers(len(parents), size=n)]
        return mutate(self._space, chosen, self._settings.mutation_probability, self._rng)

    def _crosses(self, parents: Genes, n: int) -> Genes:
        mothers, fathers = self._rng.integers(len(parents), size=(2, n))
        return cross_over(self._space, parents[mothers], parents[fathers], self._rng)

    def _register(self, genes: Genes, most: int) -> Genes:
        """The first `most` rows that are new, noted as searched."""
        first = first_places(genes)
        batch = genes[sorted(first[key] for key in first.keys() - self._known)[:most]]
        self._known.update(keys(batch))
        self._batches.append(batch)
        return batch
