"""Pieces that device files are made of, and strict reading of them: whatever is odd raises `ValueError` or a kin."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self, get_args

from facefit.device.timing import Timing
from facefit.graph.forms import Depthwise7

FORMS: tuple[Depthwise7, ...] = get_args(Depthwise7)


@dataclass(frozen=True, slots=True)
class Entry:
    """Latency of one model and how much its passes differed (see `Timing.spread_percent`)."""

    ms: float
    spread_percent: float

    @classmethod
    def of(cls, timing: Timing) -> Self:
        return cls(timing.ms, timing.spread_percent)


def entries_to_json(entries: Mapping[Any, Entry]) -> dict[str, list[float]]:
    """Each entry as `[ms, spread_percent]`."""
    return {str(name): [entry.ms, entry.spread_percent] for name, entry in entries.items()}


def entries_from_json(data: Mapping[str, Any]) -> dict[str, Entry]:
    return {name: Entry(positive(ms), finite(spread)) for name, (ms, spread) in data.items()}


def forms_from_json(data: Mapping[str, Any]) -> dict[Depthwise7, float]:
    """Total milliseconds of each form that was measured."""
    if set(data) - set(FORMS):
        raise ValueError(f"forms {sorted(data)} where {FORMS} were expected")
    return {form: finite(data[form]) for form in FORMS if form in data}


def faster_form(forms_ms: Mapping[Depthwise7, float]) -> Depthwise7:
    """The measured form of smaller total; `plain`, which has fewer operators, if they are equal."""
    return min((form for form in FORMS if form in forms_ms), key=lambda form: forms_ms[form])


def finite(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(f"{value!r} where a finite number was expected")
    return float(value)


def not_negative_or_none(value: Any) -> float | None:
    if value is not None and finite(value) < 0:
        raise ValueError(f"{value!r} where a number that is not below 0 was expected")
    return None if value is None else finite(value)


def positive(value: Any) -> float:
    number = finite(value)
    if number <= 0:
        raise ValueError(f"{value!r} where a positive number was expected")
    return number
