"""The round that an active plan has begun, in a file beside the labels until all of it is labelled.

What such a plan chooses depends on the labels there are, and those are others in the middle of a round. A labelling
that was stopped finishes its round first, and goes on as if it had never been stopped.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np

from facefit.artifacts import canonical_json, read_json, write_bytes
from facefit.errors import ArtifactError
from facefit.labels.plans import LabelPlan
from facefit.labels.rounds import Round
from facefit.labels.store import Labels
from facefit.space.population import keys

_SCHEMA = "facefit.round/1"


class RoundFile:
    """Gives the rounds of a plan for the label file at `path`, that which was begun first.

    Methods raise `ArtifactError` if the file of the round is damaged, `InputError` if it cannot be read or written.
    """

    def __init__(self, path: Path, plan: LabelPlan) -> None:
        self._file, self._plan = path.with_name(f".{path.stem}.round.json"), plan

    def next(self, labels: Labels, wanted: int) -> Round:
        """At most `wanted` subnets; those begun by another plan, or chosen by other labels, are chosen anew."""
        if left := self._left(labels):
            return Round(left.genes[:wanted], left.plans[:wanted])
        chosen = self._plan.next(labels, wanted)
        if self._plan.identity is not None:
            facts = {"genes": chosen.genes.tolist(), "plans": chosen.plans.tolist()}
            write_bytes(self._file, canonical_json({"schema": _SCHEMA, "by": self._by(labels), **facts}))
        return chosen

    def close(self, labels: Labels) -> None:
        """Removes what is through."""
        if self._plan.identity is not None and not self._left(labels):
            self._file.unlink(missing_ok=True)

    def _left(self, labels: Labels) -> Round | None:
        if self._plan.identity is None or not self._file.exists():
            return None
        data = read_json(self._file, "a round of labels that was begun")
        try:
            if data["schema"] != _SCHEMA:
                raise ValueError(f"its schema is {data['schema']}")
            genes = np.array(data["genes"], np.uint8).reshape(-1, 1 + labels.space.positions)
            begun, by = Round(genes, np.array(data["plans"], np.str_).reshape(len(genes))), data["by"]
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise ArtifactError(
                f"{self._file}: not a round of labels that was begun ({error}); remove it to have one chosen anew"
            ) from error
        of_round = set(keys(begun.genes))
        before = labels.where(np.array([key not in of_round for key in keys(labels.genes)], bool))
        return begun.unlabelled(labels) if by == self._by(before) else None

    def _by(self, labels: Labels) -> str:
        """What a round is chosen by: the plan and the labels, in whatever order workers gave them."""
        order = np.lexsort(labels.genes.T[::-1])
        facts = canonical_json([self._plan.identity, labels.source, labels.n])
        return hashlib.sha256(facts + labels.genes[order].tobytes() + labels.right[order].tobytes()).hexdigest()
