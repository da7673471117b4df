"""A trained SuperNet with all that a fit needs: the folder inside this package, or the folder of a training run."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self, TypeAlias

from facefit.comparator import (
    ByAccuracy,
    Comparator,
    ConcatenatingComparator,
    Preference,
    Surrogate,
    load_surrogate,
)
from facefit.errors import InputError
from facefit.graph.forms import Output
from facefit.space import SearchSpace, Subnet
from facefit.weights import NetworkMetadata, SharedWeights, StaticNetwork, read_space_and_metadata
from facefit.weights.shared_weights import NormStatistics
from facefit.weights.statistics import StatisticsModel

if TYPE_CHECKING:
    from facefit.faces.subnet_thresholds import Thresholds

SUPERNET = "supernet.safetensors"
STATISTICS = "statistics.safetensors"
LABELS = "labels.parquet"
COMPARATOR = "comparator.json"
SURROGATE = "surrogate.json"
CONCATENATING = "concatenating.json"
"""The paper's own comparator: a bundle need not have it."""
Ranking: TypeAlias = Literal["accuracy", "comparator", "concatenating"]
THRESHOLDS = "thresholds.json"
TASKS = ("expression", "identity")
"""Tasks that a SuperNet is bundled for."""


class Bundle:
    """Parts are read when they are first asked for, and have to be of one search space.

    Asking raises `InputError` for a part that is missing, and `ArtifactError` for one that is damaged.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def load(cls, folder: Path | None = None, task: str | None = "expression") -> Self:
        """The folder given, or else the bundle of a task that comes with the package; `InputError` for another task.

        None is the folder's own task, whatever it is, and without a folder that of expressions.
        """
        if folder is None:
            task = TASKS[0] if task is None else task
            if task not in TASKS:
                raise InputError(
                    f"task is '{task}'; this version comes with a SuperNet for {', '.join(TASKS)}: name another with "
                    f"--bundle, from 'facefit train'"
                )
            folder = Path(__file__).parent / "bundled" / task
        if not (folder / SUPERNET).is_file():
            raise InputError(f"{folder}: holds no {SUPERNET}; expected the folder of a training run")
        bundle = cls(folder)
        if task is not None and bundle.metadata.task != task:
            raise InputError(f"{folder}: holds a SuperNet for the task '{bundle.metadata.task}'; expected '{task}'")
        return bundle

    def check_complete(self, ranking: Ranking = "accuracy") -> None:
        """Reads all parts that a fit needs; raises `InputError` or `ArtifactError` if one is missing or damaged."""
        _ = (self.weights, self.statistics, self.comparator, self.surrogate, self.thresholds, self.preference(ranking))

    @property
    def space(self) -> SearchSpace:
        """Search space of the SuperNet."""
        return self._about[0]

    @property
    def metadata(self) -> NetworkMetadata:
        """Task, classes, normalisation and origin."""
        return self._about[1]

    @cached_property
    def _about(self) -> tuple[SearchSpace, NetworkMetadata]:
        """A search needs no weights, and should not wait for them."""
        return read_space_and_metadata(self.folder / SUPERNET)

    @cached_property
    def weights(self) -> SharedWeights:
        """The SuperNet's weights as arrays."""
        return SharedWeights.load(self.folder / SUPERNET)

    @cached_property
    def statistics(self) -> StatisticsModel:
        """Batch-norm statistics of any subnet."""
        return StatisticsModel.load(self.folder / STATISTICS, self.space)

    @cached_property
    def comparator(self) -> Comparator:
        """Which of two subnets is more accurate."""
        return Comparator.load(self.folder / COMPARATOR, self.space)

    @cached_property
    def concatenating(self) -> ConcatenatingComparator:
        """The paper's own comparator; raises `InputError` in a bundle without it."""
        path = self.folder / CONCATENATING
        if not path.exists():
            raise InputError(
                f"{path}: no such file, and --surrogate concatenating wants it; 'facefit compare' learns it from "
                f"{LABELS}, or leave --surrogate out"
            )
        return ConcatenatingComparator.load(path, self.space)

    @cached_property
    def surrogate(self) -> Surrogate:
        """Accuracy of a subnet on the search split, 0..1."""
        return load_surrogate(self.folder / SURROGATE, self.space)

    @property
    def outputs(self) -> tuple[Output, ...]:
        """What an exported subnet answers: descriptors, and probabilities where there are classes."""
        return ("descriptor", "probabilities") if self.metadata.classes else ("descriptor",)

    @cached_property
    def thresholds(self) -> Thresholds | None:
        """From which similarity faces pass as one person; None where people are not told apart."""
        if self.metadata.task != "identity":
            return None
        from facefit.faces.subnet_thresholds import Thresholds  # reads images, which a search has no use for

        return Thresholds.load(self.folder / THRESHOLDS, self.space)

    def identification(self, subnet: Subnet) -> dict[str, Any] | None:
        """What the card of a subnet says of comparing faces; None where people are not told apart."""
        return self.thresholds.identification(self.space, subnet) if self.thresholds else None

    def preference(self, kind: Ranking = "accuracy") -> Preference:
        """Which of two subnets is better: by predicted accuracy, by a comparator of pairs, or by the paper's own."""
        if kind == "accuracy":
            return ByAccuracy(self.surrogate)
        return self.comparator if kind == "comparator" else self.concatenating

    def extract(self, subnet: Subnet, statistics: NormStatistics | None = None) -> StaticNetwork:
        """The subnet as a network of its own; without `statistics` they are predicted, which needs no data."""
        network = self.weights.extract(subnet, self.statistics.predict(subnet) if statistics is None else statistics)
        return replace(network, metadata=replace(network.metadata, identification=self.identification(subnet)))
