"""The thresholds of a network that is handed over, found with itself, where photos of people held out are at hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from facefit.evaluation.weighed_pairs import WeighedPairs, some_faces
from facefit.faces.alignment import View
from facefit.faces.dataset import LabelledFaces
from facefit.faces.thresholds import FALSE_ACCEPTANCE_RATES, FOUND, CardThreshold, identification, view_entry
from facefit.fit.parity import best_reference
from facefit.graph.parity import Reference
from facefit.pixels import resize
from facefit.weights import StaticNetwork

_BATCH = 64


def with_own_thresholds(network: StaticNetwork, portraits: Mapping[View, LabelledFaces]) -> StaticNetwork:
    """The network with what its card says of comparing faces found with it on these photos, in each view, instead of
    predicted; unchanged without photos."""
    if not portraits:
        return network
    describe, _ = best_reference(network)
    entries = {view: _entry(describe, network, faces, view) for view, faces in portraits.items()}
    return replace(network, metadata=replace(network.metadata, identification=identification(entries)))


def _entry(describe: Reference, network: StaticNetwork, portraits: LabelledFaces, view: View) -> dict[str, Any]:
    faces, size = some_faces(portraits), network.subnet.resolution
    pairs = WeighedPairs.of(faces.labels)
    parts = (np.stack([resize(image, size) for image in part.images]) for part in faces.portions(_BATCH))
    descriptors = np.concatenate([describe(part.astype(np.float32))["descriptor"] for part in parts])
    found = {
        far: CardThreshold(least.value, tar.value, least.interval)
        for far, (tar, least) in zip(FALSE_ACCEPTANCE_RATES, pairs.estimates(descriptors), strict=True)
    }
    return view_entry(found, FOUND, f"{pairs.told()}, {view}")
