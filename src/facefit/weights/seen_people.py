"""Whom a network has met: those it learnt from, and those whose photos decided which network it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from facefit.weights.people import CARD_ENTRY, SEARCH_ENTRY, TrainedPeople


@dataclass(frozen=True, slots=True)
class SeenPeople:
    """Lists of people whom a network is not judged on; None where nobody knows.

    It learnt from `trained`. `searched` are the people of the search split: nothing learnt from them, but they gave the
    labels by which it was found, chose among finalists, and set its thresholds.
    """

    trained: TrainedPeople | None = None
    searched: TrainedPeople | None = None

    @classmethod
    def of_card(cls, card: Mapping[str, Any]) -> Self:
        """The lists in a descriptor's card. Raises `ArtifactError` if one is damaged."""
        return cls(TrainedPeople.of_card(card), TrainedPeople.of_card(card, SEARCH_ENTRY))

    def to_card(self) -> dict[str, Any]:
        """The lists by the names of their entries, those that there are."""
        lists = {CARD_ENTRY: self.trained, SEARCH_ENTRY: self.searched}
        return {name: people.to_json() for name, people in lists.items() if people is not None}
