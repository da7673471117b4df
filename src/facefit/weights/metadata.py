"""What a network knows about itself beside its weights."""

from __future__ import annotations

from dataclasses import MISSING, dataclass, fields
from typing import Any, Literal, Self

from facefit.errors import ArtifactError
from facefit.weights.people import CARD_ENTRY, SEARCH_ENTRY, TrainedPeople
from facefit.weights.seen_people import SeenPeople

Task = Literal["expression", "identity"]
_LISTS = (CARD_ENTRY, SEARCH_ENTRY)


@dataclass(frozen=True, slots=True)
class NetworkMetadata:
    """Task, classes in the order of the logits, and pixel normalisation: (RGB in 0..1 - mean) / std.

    `training` says what made the weights: data, licence, recipe, seed, versions. `trained_people` lists whom it learnt
    from, `search_people` who was held out for its search; None where that is not known. `identification` is what cards
    say of comparing faces, thresholds among it.
    """

    task: Task
    classes: tuple[str, ...]
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    licence: str
    training: dict[str, Any]
    trained_people: TrainedPeople | None = None
    identification: dict[str, Any] | None = None
    search_people: TrainedPeople | None = None

    @property
    def seen_people(self) -> SeenPeople:
        """Both lists of people."""
        return SeenPeople(self.trained_people, self.search_people)

    def to_json(self) -> dict[str, Any]:
        """Plain values; lists of people and `identification` only where there is one."""
        values: dict[str, Any] = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in _LISTS}
        values = {name: value for name, value in values.items() if value is not None}
        values |= {name: list(value) for name, value in values.items() if isinstance(value, tuple)}
        return values | self.seen_people.to_card()

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Raises `ArtifactError` if a field is missing or a list of people is damaged."""
        missing = [f.name for f in fields(cls) if f.default is MISSING and f.name not in data]
        if missing:
            raise ArtifactError(f"network metadata lacks {', '.join(missing)}; expected a file that facefit wrote")
        values: dict[str, Any] = {f.name: data[f.name] for f in fields(cls) if f.name in data}
        values |= {name: tuple(value) for name, value in values.items() if isinstance(value, list)}
        return cls(**values | {name: TrainedPeople.of_card(data, name) for name in _LISTS})
