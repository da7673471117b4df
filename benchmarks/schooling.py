"""What a network has learnt from, and for how long, from its first weights on: a comparison wants that to be equal, and
says where it is not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, TypeAlias

from facefit.artifacts import read_json
from facefit.cli.sources import SETTINGS
from facefit.weights import SharedWeights


@dataclass(frozen=True)
class Lesson:
    """Epochs over the same photos with the same teacher, or none."""

    data: str
    n: int
    teacher: str | None
    epochs: int

    @property
    def subject(self) -> tuple[str, int, str | None]:
        """What was learnt, however long."""
        return self.data, self.n, self.teacher

    def __str__(self) -> str:
        taught = f"taught by {self.teacher}" if self.teacher else "no teacher"
        return f"{self.data}, n = {self.n}, {taught}, {self.epochs} epochs"


Schooling: TypeAlias = tuple[Lesson, ...]
"""Lessons, the first one first; nothing is as much as random weights."""


def schooling_of(facts: Mapping[str, Any] | None) -> Schooling | None:
    """From the settings of a run, or what weights or a card say of it, and so on for what each began with; None where
    one of them says nothing, so that nobody knows."""
    lessons, now = list[Lesson](), facts
    while now is not None:
        lesson = _lesson(now)
        if lesson is None:
            return None
        lessons.append(lesson)
        before = now.get("start")
        if not before:
            return in_order(reversed(lessons))
        now = settings_of(Path(before)) if isinstance(before, str) else before
    return None


def schooling_of_start(start: Path | None) -> Schooling | None:
    """Of a run folder, or a SuperNet's `.safetensors`; no lesson without a start."""
    return () if start is None else schooling_of(settings_of(start))


def settings_of(start: Path) -> Mapping[str, Any] | None:
    """What a run folder or weights say of their training; None where a folder has no settings."""
    if start.suffix == ".safetensors":
        return SharedWeights.load(start).metadata.training
    file = start / SETTINGS
    return read_json(file, "settings of a training run") if file.exists() else None


def in_order(lessons: Iterable[Lesson]) -> Schooling:
    """Neighbours on the same photos with the same teacher count as one lesson: a run in one go, or in several."""
    groups = (list(group) for _, group in groupby(lessons, lambda lesson: lesson.subject))
    return tuple(Lesson(*group[0].subject, sum(one.epochs for one in group)) for group in groups)


def in_words(schooling: Schooling | None) -> str:
    """For people."""
    if schooling is None:
        return "training not known"
    return ", then ".join(map(str, schooling)) or "random weights"


def taught_differently(schoolings: Mapping[str, Schooling | None]) -> str | None:
    """Who learnt what, where that differs or is not known of somebody; None where all learnt the same."""
    if len(set(schoolings.values())) == 1 and None not in schoolings.values():
        return None
    groups: dict[Schooling | None, list[str]] = {}
    for name, schooling in schoolings.items():
        groups.setdefault(schooling, []).append(name)
    return "; ".join(f"{' and '.join(names)}: {in_words(schooling)}" for schooling, names in groups.items())


def _lesson(facts: Mapping[str, Any]) -> Lesson | None:
    """Of the run itself; `ended_after_epochs` is what it has had of what its recipe says."""
    try:
        planned = sum(int(phase["epochs"]) for phase in facts["recipe"]["phases"])
        epochs = int(facts.get("ended_after_epochs", planned))
        return Lesson(str(facts["data"]), int(facts["n"]), facts.get("teacher"), epochs)
    except (KeyError, TypeError, ValueError):
        return None
