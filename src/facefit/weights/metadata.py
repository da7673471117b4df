"""What a network knows about itself beside its weights."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, Self

from facefit.errors import ArtifactError

Task = Literal["expression", "identity"]


@dataclass(frozen=True, slots=True)
class NetworkMetadata:
    """Task, classes in the order of the logits, and pixel normalisation: (RGB in 0..1 - mean) / std.

    `training` says what made the weights: data, licence, recipe, seed, versions.
    """

    task: Task
    classes: tuple[str, ...]
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    licence: str
    training: dict[str, Any]

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Raises `ArtifactError` if a field is missing."""
        missing = [f.name for f in fields(cls) if f.name not in data]
        if missing:
            raise ArtifactError(f"network metadata lacks {', '.join(missing)}; expected a file that facefit wrote")
        values: dict[str, Any] = {f.name: data[f.name] for f in fields(cls)}
        values |= {name: tuple(value) for name, value in values.items() if isinstance(value, list)}
        return cls(**values)
