"""A network that is handed over gets thresholds that were found with itself."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from bundles import noise_faces

from facefit.evaluation.weighed_pairs import WeighedPairs
from facefit.faces.alignment import VIEWS
from facefit.faces.dataset import LabelledFaces
from facefit.faces.matching import card_thresholds
from facefit.fit.own_thresholds import with_own_thresholds
from facefit.fit.parity import best_reference
from facefit.graph import random_network
from facefit.pixels import resize
from facefit.space import ofa_mbv3
from facefit.weights import StaticNetwork

PERSON = np.repeat(np.arange(12), 2)


@pytest.fixture(scope="module")
def network() -> StaticNetwork:
    space = ofa_mbv3(width=0.35, resolutions=(48,))
    network = random_network(space, space.smallest, np.random.default_rng(0), ("a", "b"))
    return replace(network, metadata=replace(network.metadata, identification={"view": "aligned", "thresholds": {}}))


def test_they_are_of_its_own_answers_in_each_view(network: StaticNetwork) -> None:
    people = tuple(f"n{i}" for i in range(12))
    names = tuple(f"{people[one]}/{i}.jpg" for i, one in enumerate(PERSON))
    portraits = {
        view: LabelledFaces(noise_faces(24, 64, i).images, PERSON, names, people, "one-shot")
        for i, view in enumerate(VIEWS)
    }
    own = with_own_thresholds(network, portraits)
    card = {"identification": own.metadata.identification}
    pairs = WeighedPairs.of(PERSON)
    for view, faces in portraits.items():
        images = np.stack([resize(image, 48) for image in faces.images]).astype(np.float32)
        figures = pairs.figures(best_reference(network)[0](images)["descriptor"])
        assert list(card_thresholds(card, view).values()) == pytest.approx(figures[:, 1], abs=2e-6)
    entry = own.metadata.identification
    assert entry is not None and entry["thresholds_kind"] == "found with this network"
    assert "thresholds_error" not in entry and entry["calibrated_on"] == f"{pairs.told()}, aligned"
    low, high = entry["other_views"]["cropped"]["thresholds_interval"]["0.01"]
    assert low <= entry["other_views"]["cropped"]["thresholds"]["0.01"] <= high + 1e-6
    assert own.tensors is network.tensors


def test_without_photos_of_people_it_stays_as_it_is(network: StaticNetwork) -> None:
    assert with_own_thresholds(network, {}) is network
