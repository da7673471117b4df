"""What a page wants to have fitted."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Self

from facefit.app.limits import Refused, text_of
from facefit.space.budget import UNLIMITED, Budget

_MUCH = 1e15


@dataclass(frozen=True, slots=True)
class Wish:
    """A network for a task, within a limit of latency ('12ms', or '0.6x' of EfficientNet-B0) and a budget; `anew`
    without what was measured before."""

    task: str
    limit: str
    budget: Budget = UNLIMITED
    anew: bool = False

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """What a request says; raises `Refused` (400) if that is damaged."""
        anew = data.get("anew", False)
        if not isinstance(anew, bool):
            raise Refused(400, "'anew' is damaged; expected true or false")
        limits = {field.name: _positive(data, f"max_{field.name}") for field in fields(Budget)}
        return cls(text_of(data, "task", longest=20), text_of(data, "limit", longest=20), Budget(**limits), anew)

    def to_json(self) -> dict[str, Any]:
        """What the page is told of it, as it was asked; without `anew`, which is over once the work began."""
        return {"task": self.task, "limit": self.limit} | self.budget.to_json()


def _positive(data: dict[str, Any], name: str) -> float | None:
    value = data.get(name)
    if value is None:
        return None
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 < value < _MUCH:
        raise Refused(400, f"'{name}' is damaged; expected a number above 0, or none")
    return float(value)
