"""One recipe of a comparison, trained with one seed, and which photos of the search split its subnets recognise."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from answers import load_answers, right_answers, save_answers
from compute import with_budget
from trials import with_fewer

from facefit.artifacts import read_json, write_json
from facefit.cli.faces import Parts, read_parts
from facefit.cli.output import progress_bar
from facefit.cli.sources import SETTINGS
from facefit.cli.training_facts import run_facts, same_run, start_facts
from facefit.evaluation.intervals import Correct
from facefit.faces.dataset import LabelledFaces
from facefit.labels.plan import uniform_labels
from facefit.space import SearchSpace, Subnet
from facefit.space.population import decode
from facefit.supernet.images import network_input
from facefit.supernet.loading import start_from, untrained
from facefit.training.compute import Compute, macs_of
from facefit.training.loop import Trainer
from facefit.training.monitor import Monitor
from facefit.training.recipe import Recipe
from facefit.weights import SharedWeights

UNIT_PX = 64
RESULT, ANSWERS = "result.json", "answers.npz"


@dataclass(frozen=True)
class Trial:
    """What is trained: `settings` as a file of the comparison says them, for the compute of so many epochs of the
    largest subnet alone at `UNIT_PX`, from `images` photos (None: all), in a folder of its own, with the weights of a
    SuperNet to `start` from or random ones; and how many random subnets are judged."""

    name: str
    settings: Mapping[str, Any]
    data: Path
    folder: Path
    epochs: float
    random: int
    images: int | None
    seed: int
    start: Path | None = None

    def facts(self) -> dict[str, Any]:
        """What a kept result has to agree with."""
        facts = {"data": self.data.name, "seed": self.seed, "epochs": self.epochs, "images": self.images,
                 "random": self.random, "settings": dict(self.settings)}  # fmt: skip
        return facts | self.began_with()

    def began_with(self) -> dict[str, Any]:
        """What is known of the start; None where weights are random."""
        return {"start": start_facts(self.start, SharedWeights.load(self.start)) if self.start else None}


class Finished(NamedTuple):
    """What was trained, what it cost, and answers: `largest` and `smallest`, bool (n,), `random`, bool (subnets, n)."""

    trial: Trial
    row: dict[str, Any]
    answers: dict[str, Correct]


def finish(trial: Trial) -> Finished:
    """Out of the folder if it is finished, else trained to the end, or on from where it stopped.

    Raises `InputError` if the folder holds a run of something else.
    """
    done, kept = trial.folder / RESULT, trial.folder / ANSWERS
    if done.exists() and kept.exists() and (result := read_json(done, "a result"))["facts"] == trial.facts():
        return Finished(trial, result["row"], load_answers(kept))
    recipe = Recipe.model_validate(trial.settings["recipe"])
    parts = with_fewer(read_parts(trial.data, max(recipe.resolutions)), trial.images)
    parts = _labelled(parts, trial.settings["labels"])
    n, space = len(parts.learning), recipe.space()
    whole = recipe.space((UNIT_PX,))  # that of some recipes has lower ones
    unit = 3 * n * macs_of(whole, whole.largest)
    recipe = with_budget(space, recipe, n, unit * trial.epochs)
    facts = run_facts(recipe, parts, trial.data, trial.seed) | trial.began_with()
    same_run(trial.folder / SETTINGS, facts)
    started = time.perf_counter()
    answers = _trained(trial, recipe, parts, space)
    row = {"compute_epochs": Compute(space, recipe, n).total / unit, "epochs": [p.epochs for p in recipe.phases],
           "n": n, "seconds_since_resumed": time.perf_counter() - started}  # fmt: skip
    save_answers(kept, answers)
    write_json(done, {"facts": trial.facts(), "row": row})
    return Finished(trial, row, answers)


def _labelled(parts: Parts, labels: str) -> Parts:
    """Photos to learn from by their votes, or ('hard') by their most voted class alone."""
    learning = parts.learning
    assert isinstance(learning, LabelledFaces)  # --data is to fit into memory
    if labels == "hard":
        one_hot = np.eye(len(learning.classes), dtype=np.float32)[learning.labels]
        learning = replace(learning, targets=one_hot)
    return parts._replace(learning=learning)


def _trained(trial: Trial, recipe: Recipe, parts: Parts, space: SearchSpace) -> dict[str, Correct]:
    net = untrained(space, len(parts.learning.classes), trial.seed, recipe.shortcut_gain)
    if trial.start:
        start_from(net, SharedWeights.load(trial.start))
    trainer = Trainer(net, parts.learning, recipe, trial.folder, trial.seed)
    trainer.resume()
    ends = {"largest": space.largest, "smallest": space.smallest}
    monitor, compute = (
        Monitor(net, parts.calibration, parts.search_split, ends),
        Compute(space, recipe, len(parts.learning)),
    )
    with progress_bar(f"{trial.name}, seed {trial.seed}") as progress:
        trainer.run(
            lambda state: progress(compute.done(state), compute.total),
            lambda _: monitor(trainer.average),
            save_seconds=180.0,
        )
    net.load_state_dict(trainer.average)
    net.to("cpu")

    def right(subnet: Subnet) -> Correct:
        statistics = net.recalibrate(subnet, network_input(parts.calibration, subnet.resolution))
        return right_answers(net, subnet, parts.search_split, statistics)

    drawn = decode(space, uniform_labels(space, trial.random, np.random.default_rng(trial.seed)))
    answers = {name: right(subnet) for name, subnet in ends.items()}
    random = np.zeros((len(drawn), len(parts.search_split)), bool)
    with progress_bar(f"asking {len(drawn)} random subnets") as progress:
        for i, subnet in enumerate(drawn):
            random[i] = right(subnet)
            progress(i + 1, len(drawn))
    return answers | {"random": random}
