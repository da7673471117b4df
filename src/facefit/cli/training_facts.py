"""What a training run is made of, as its folder keeps it and its weights say it."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from facefit.artifacts import read_json, write_json
from facefit.cli.faces import Parts
from facefit.errors import InputError

if TYPE_CHECKING:
    from facefit.training.recipe import Recipe


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


def told(facts: dict[str, Any]) -> dict[str, Any]:
    """What the weights and all that is made from them say of the run: lists of people only by their length."""
    return {key: len(value) if isinstance(value, list) else value for key, value in facts.items()}


def same_run(path: Path, facts: dict[str, Any]) -> None:
    """Keeps what the run is made of; raises `InputError` if the folder holds a run made of something else."""
    if path.exists() and path.with_name("checkpoint.pt").exists():
        earlier = read_json(path, "settings of a training run")
        changed = [key for key in facts if key not in ("torch", "precision") and earlier.get(key) != facts[key]]
        if changed:
            raise InputError(
                f"{path.parent}: holds a run with another {', '.join(changed)}; expected the same to go on: "
                f"use the same, or another --out"
            )
    write_json(path, facts)
