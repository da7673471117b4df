"""Scores of LightGBM's small trees without LightGBM, whose import takes longer than a search.

A tree of few leaves asks few questions, and their answers together name the leaf: each question is asked once for all
trees that share it, and a table gives the value of the leaf. Values are added tree after tree in float64, as LightGBM
adds them, so that scores are the same to the last bit.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from facefit.comparator.features import Features

Number = TypeVar("Number", np.float64, np.intp)
MOST_LEAVES = 5
"""Tables double with each further leaf."""
_PORTION = 64
"""Rows at a time: what a thousand trees say of them stays in a core's own cache."""
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
        return _Text(text).trees()
    except ValueError:
        return None


class _Text:
    """What a model text says of its trees, each line of them all at once; `ValueError` for what is not plain."""

    def __init__(self, text: str) -> None:
        self._lines: dict[str, list[str]] = defaultdict(list)
        for line in text.partition("end of trees")[0].splitlines():
            key, _, value = line.partition("=")
            self._lines[key].append(value)
        self._splits = np.array(self._lines["num_leaves"], np.intp) - 1
        plain: dict[str, frozenset[str]] = {
            "num_cat": frozenset("0"),
            "is_linear": frozenset("0"),
            "decision_type": _PLAIN_SPLITS,
        }
        if any(not kinds.issuperset(" ".join(self._lines[key]).split()) for key, kinds in plain.items()):
            raise ValueError("splits are not plain")
        if (
            len(self._splits) != len(self._lines["Tree"])
            or not 0 <= self._splits.min() <= self._splits.max() < MOST_LEAVES
        ):
            raise ValueError("trees are not small")

    def trees(self) -> SmallTrees:
        columns, thresholds = self._of_splits("split_feature"), self._of_splits("threshold")
        numbers = list(zip(columns.astype(np.intp).tolist(), thresholds.tolist(), strict=True))
        questions = sorted(set(numbers)) or [(0, 0.0)]
        number = {question: i for i, question in enumerate(questions)}
        return SmallTrees(
            columns=np.array([column for column, _ in questions], np.intp),
            thresholds=_rounded_down([threshold for _, threshold in questions]),
            asked=self._by_tree(np.array([number[question] for question in numbers], np.intp), self._splits),
            values=self._values(),
        )

    def _values(self) -> NDArray[np.float64]:
        """The leaf that the bits of each answer lead to, 1 being yes, (trees, 2 ** most splits)."""
        leaves = self._by_tree(self._numbers("leaf_value", self._splits + 1), self._splits + 1)
        yes, no = (self._children(side) for side in ("left_child", "right_child"))
        rows, answers = np.arange(len(leaves))[:, None], np.arange(2 ** yes.shape[1])
        at = np.where(self._splits[:, None] > 0, np.zeros_like(answers), -1)
        for _ in range(yes.shape[1]):
            node = np.maximum(at, 0)
            at = np.where(at < 0, at, np.where(answers >> node & 1, yes[rows, node], no[rows, node]))
        values: NDArray[np.float64] = leaves[rows, -at - 1]
        return values

    def _children(self, side: str) -> NDArray[np.intp]:
        """Where a split leads, (trees, most splits): to a later split, or to a leaf, -1 being the first."""
        children = self._by_tree(self._of_splits(side).astype(np.intp), self._splits)
        splits, at = self._splits[:, None], np.arange(children.shape[1])
        if np.any(
            (at < splits) & ((children < -splits - 1) | (children >= splits) | (children >= 0) & (children <= at))
        ):
            raise ValueError("splits lead nowhere")
        return children

    def _of_splits(self, key: str) -> NDArray[np.float64]:
        return self._numbers(key, self._splits)

    def _numbers(self, key: str, counts: NDArray[np.intp]) -> NDArray[np.float64]:
        """Numbers of the lines with this key, tree after tree; a tree with none may lack the line."""
        lines = [line.split() for line in self._lines[key]]
        if [len(line) for line in lines if line] != counts[counts > 0].tolist():
            raise ValueError(f"{key} of some trees is missing")
        return np.array([number for line in lines for number in line], np.float64)

    @staticmethod
    def _by_tree(numbers: NDArray[Number], counts: NDArray[np.intp]) -> NDArray[Number]:
        """A row for each tree, (trees, most), 0 where a tree has fewer."""
        rows = np.zeros((len(counts), counts.max()), numbers.dtype)
        rows[np.arange(counts.max()) < counts[:, None]] = numbers
        return rows


def _rounded_down(thresholds: Sequence[float]) -> NDArray[np.float32]:
    """The largest float32 numbers that are not above: a float32 number is at most either or neither."""
    exact = np.array(thresholds, np.float64)
    nearest = exact.astype(np.float32)
    return np.where(nearest > exact, np.nextafter(nearest, np.float32(-np.inf)), nearest)
