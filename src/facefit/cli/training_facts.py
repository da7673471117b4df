"""What a training run is made of, as its folder keeps it and its weights say it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from facefit.artifacts import read_bytes, read_json, write_json
from facefit.bundle import COMPARATOR, LABELS, STATISTICS, SUPERNET, SURROGATE, THRESHOLDS
from facefit.cli.faces import Parts
from facefit.cli.sources import EXCLUDED_THERE, MEMORY_LIMIT
from facefit.errors import InputError
from facefit.weights import SharedWeights

if TYPE_CHECKING:
    from facefit.training.recipe import Recipe

SKIPPED = "skipped.json"
"""Under which name a run keeps photos that were left out or damaged, with the reason."""
_OF_A_RUN = ("checkpoint.pt", SUPERNET, STATISTICS, LABELS, COMPARATOR, SURROGATE, THRESHOLDS)
_MAY_CHANGE = ("torch", "precision", MEMORY_LIMIT, EXCLUDED_THERE)


def run_facts(recipe: Recipe, parts: Parts, data: Path, seed: int) -> dict[str, Any]:
    """What shapes the run, for its folder and for the metadata of its weights."""
    return {
        "data": data.name,
        "protocol": parts.learning.protocol,
        "n": len(parts.learning),
        "search_split_n": len(parts.search_split),
        "faces": parts.learning.fingerprint(),
        "recipe": recipe.model_dump(mode="json", exclude_none=True),
        "seed": seed,
        "torch": version("torch"),
    }


def start_facts(file: Path, weights: SharedWeights) -> dict[str, Any]:
    """What training begins with: what made those weights, their licence, and the fingerprint of their file."""
    fingerprint = hashlib.sha256(read_bytes(file, "a SuperNet")).hexdigest()
    return weights.metadata.training | {"licence": weights.metadata.licence, "weights": fingerprint}


def told(facts: dict[str, Any]) -> dict[str, Any]:
    """What the weights and all that is made from them say of the run: lists of people only by their length."""
    said = {key: value for key, value in facts.items() if key != MEMORY_LIMIT}
    return {key: len(value) if isinstance(value, list) else value for key, value in said.items()}


def excluded_lines(facts: dict[str, Any]) -> list[str]:
    """Who was left out of training; no line where nobody had to be."""
    names = facts.get("excluded_people")
    if not names:
        return []
    return [f"{facts[EXCLUDED_THERE]} people are left out of training, by {len(names)} names"]


def same_run(path: Path, facts: dict[str, Any]) -> None:
    """Keeps what the run is made of; raises `InputError` if the folder holds a run made of something else.

    What was made from its SuperNet counts as well: it would be taken for what belongs to the new one.
    """
    there = [name for name in _OF_A_RUN if path.with_name(name).exists()]
    if there:
        _check_same(path, facts, there)
    write_json(path, facts)


def keep_skipped(run: Path, skipped: Mapping[str, str]) -> None:
    """Names the photos in the run's folder; an empty list there says that all could be read."""
    write_json(run / SKIPPED, dict(sorted(skipped.items())))


def _check_same(path: Path, facts: dict[str, Any], there: list[str]) -> None:
    if not path.exists():
        raise InputError(
            f"{path.parent}: holds {', '.join(there)} but no {path.name}, which says of what; expected a folder of "
            f"this run or an empty one: use another --out"
        )
    earlier = read_json(path, "settings of a training run")
    changed = [key for key in facts if key not in _MAY_CHANGE and not _same(key, earlier.get(key), facts[key])]
    if changed:
        raise InputError(
            f"{path.parent}: holds a run with another {', '.join(changed)} ({', '.join(there)}); expected the same to "
            f"go on: use the same, or another --out"
        )


def _same(key: str, earlier: Any, now: Any) -> bool:
    """Of a start and a recipe, an earlier version said less than is known now."""
    if key == "start" and isinstance(earlier, dict) and isinstance(now, dict):
        return all(now.get(name) == value for name, value in earlier.items())
    if key == "recipe":
        return _same_recipe(earlier, now)
    return bool(earlier == now)


def _same_recipe(earlier: Any, now: Any) -> bool:
    """Settings that an earlier version did not know have what is usual now."""
    from pydantic import ValidationError

    from facefit.training.recipe import Recipe

    try:
        return Recipe.model_validate(earlier) == Recipe.model_validate(now)
    except ValidationError:
        return False
