"""Scores of LightGBM's small trees without LightGBM, whose import takes longer than a search.

A tree of few leaves asks few questions, and their answers together name the leaf: each question is asked once for all
trees that share it, and a table gives the value of the leaf. Values are added tree after tree in float64, as LightGBM
adds them, so that scores are the same to the last bit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from facefit.comparator.features import Features

MOST_LEAVES = 5
"""Tables double with each further leaf."""
_PORTION = 2048
_PLAIN_SPLITS = frozenset({"0", "2"})
"""Numbers compared with a threshold, no value missing; bit 1 says where missing ones would go."""


@dataclass(frozen=True, eq=False)
class SmallTrees:
    """Trees that ask whether feature `columns[q]` is at most `thresholds[q]`, both (questions,), float32 like features.

    `asked` (trees, most questions) are the questions of each tree, `values` (trees, 2 ** most questions) its leaves by
    the bits of their answers.
    """

    columns: NDArray[np.intp]
    thresholds: NDArray[np.float32]
    asked: NDArray[np.intp]
    values: NDArray[np.float64]

    def score(self, features: Features) -> NDArray[np.float64]:
        """Sum over the trees, float64 (n,), of features float32 (n, f)."""
        parts = [self._score(features[i : i + _PORTION]) for i in range(0, len(features), _PORTION)]
        return np.concatenate(parts) if parts else np.zeros(0)

    def _score(self, features: Features) -> NDArray[np.float64]:
        told = (features.T[self.columns] <= self.thresholds[:, None]).view(np.uint8)
        leaves = np.zeros((len(self.asked), len(features)), np.uint8)
        for bit, questions in enumerate(self.asked.T):
            leaves |= told[questions] << np.uint8(bit)
        firsts = np.arange(0, self.values.size, self.values.shape[1])
        values = self.values.ravel()[firsts[:, None] + leaves]
        # Several columns are summed row by row; a single one would be in pairs, where what is accumulated is not.
        total: NDArray[np.float64] = values.sum(axis=0) if len(features) > 1 else np.add.accumulate(values)[-1]
        return total


def small_trees(text: str) -> SmallTrees | None:
    """The trees of a LightGBM model text; None for a text with larger trees, or with anything but plain splits."""
    try:
        trees = [_Tree(section) for section in _sections(text)]
    except (KeyError, ValueError, IndexError):
        return None
    if not trees or any(not tree.plain for tree in trees):
        return None
    questions = sorted({question for tree in trees for question in tree.questions}) or [(0, 0.0)]
    number = {question: i for i, question in enumerate(questions)}
    most = max(len(tree.questions) for tree in trees)
    asked = [[number[q] for q in tree.questions] + [0] * (most - len(tree.questions)) for tree in trees]
    return SmallTrees(
        columns=np.array([column for column, _ in questions], np.intp),
        thresholds=_rounded_down([threshold for _, threshold in questions]),
        asked=np.array(asked, np.intp).reshape(len(trees), most),
        values=np.array([[tree.value(answers) for answers in range(2**most)] for tree in trees], np.float64),
    )


def _rounded_down(thresholds: Sequence[float]) -> NDArray[np.float32]:
    """The largest float32 numbers that are not above: a float32 number is at most either or neither."""
    exact = np.array(thresholds, np.float64)
    nearest = exact.astype(np.float32)
    return np.where(nearest > exact, np.nextafter(nearest, np.float32(-np.inf)), nearest)


class _Tree:
    """One tree of the text; children that are negative are leaves, -1 the first."""

    def __init__(self, section: Mapping[str, str]) -> None:
        self.leaves = [float(value) for value in section["leaf_value"].split()]
        splits = len(self.leaves) - 1
        kinds = section.get("decision_type", "").split() if splits else []
        self.plain = (
            0 <= splits < MOST_LEAVES
            and (section["num_leaves"], section["num_cat"]) == (str(splits + 1), "0")
            and section.get("is_linear", "0") == "0"
            and _PLAIN_SPLITS.issuperset(kinds)
        )
        columns, thresholds = (section[key].split() if splits else [] for key in ("split_feature", "threshold"))
        self.questions = [(int(c), float(t)) for c, t in zip(columns, thresholds, strict=True)]
        children = (map(int, section[key].split() if splits else ()) for key in ("left_child", "right_child"))
        self._children = list(zip(*children, strict=True))
        if len(self.questions) != splits or len(self._children) != splits:
            raise ValueError("splits are missing")

    def value(self, answers: int) -> float:
        """Value of the leaf that the bits of the answers lead to, 1 being yes."""
        at = 0 if self.questions else -1
        while at >= 0:
            yes, no = self._children[at]
            at = yes if answers >> at & 1 else no
        return self.leaves[-at - 1]


def _sections(text: str) -> Iterator[dict[str, str]]:
    """`key=value` lines of each tree."""
    trees, _, _ = text.partition("end of trees")
    for section in trees.split("\nTree=")[1:]:
        yield dict(line.split("=", 1) for line in section.splitlines() if "=" in line)
